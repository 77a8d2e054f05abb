import FuzzEntries
import Glibc

/// libFuzzer's door (LLVM 17, `-sanitize=fuzzer`). PEREZVON_FUZZ names the target. Built by `scripts/fuzz`.
private let target: FuzzTarget = {
  let name = getenv("PEREZVON_FUZZ").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else { fatalError("PEREZVON_FUZZ: name a target") }
  return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  target.run(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}
