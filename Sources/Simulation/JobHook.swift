import Glibc

/// Where Swift's runtime lets a program take the jobs of the global executor (`swift_task_enqueueGlobal_hook`,
/// stdlib/public/Concurrency/ConcurrencyHooks.cpp), and how one is run.
///
/// Task.sleep and Task.yield pass by it: what runs in a simulation waits on `SteadyClock` only.
enum JobHook {
  private typealias Original = @convention(thin) (UnownedJob) -> Void
  private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void
  /// `swift_job_run(Job *, SerialExecutorRef)`; the two zero words are the generic executor.
  private typealias RunJob = @convention(c) (UInt, UInt, UInt) -> Void

  private static let runJob: RunJob = {
    guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "swift_job_run") else {
      fatalError("this Swift runtime has no swift_job_run: the simulation needs Swift 5.5 or newer on Linux")
    }
    return unsafeBitCast(symbol, to: RunJob.self)
  }()

  /// From now on the process's jobs go to `VirtualTime.current`.
  static func install() {
    guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook") else {
      fatalError("this Swift runtime has no swift_task_enqueueGlobal_hook")
    }
    let hook: Hook = { job, _ in
      guard let time = VirtualTime.current else { fatalError("a task was made outside a simulated run") }
      time.enqueue(job)
    }
    symbol.assumingMemoryBound(to: Hook?.self).pointee = hook
  }

  static func run(_ job: UnownedJob) { runJob(unsafeBitCast(job, to: UInt.self), 0, 0) }
}
