import ArgumentParser
import DialingSimulation
import Foundation
import Service
import Synchronization
import Telephony

struct SimulateDialing: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulate days of outbound dialling with this service's own pacing, in virtual time.",
    discussion: """
      Prints occupancy, calls per agent-hour and the drop rate for each mode, beside the closed form of \
      each mode that has one and what one reaches who knows everything. Message mode has lines in place of agents. \
      Each seed is a day; the same seeds give \
      the same figures. Nothing is dialled, no database is needed, and the configuration is not read.
      """)

  enum Modes: String, ExpressibleByArgument, CaseIterable {
    case all
    case agentFirst = "agent_first"
    case preview, progressive, predictive
    case clientFirst = "client_first"
    case message
  }

  @OptionGroup var configurationFile: ConfigurationOption
  @Option(help: "Agents at the start of the day, 1 to 1000.") var agents = 20
  @Option(help: "Dials that a human answers.") var answer = ShareArgument(share: 0.3)
  @Option(help: "Dials that a machine answers.") var machines = ShareArgument(share: 0)
  @Option(help: "How long a phone rings on average.") var ring = TimeArgument(seconds: 12)
  @Option(help: "How long they talk on average.") var talk = TimeArgument(seconds: 120)
  @Option(help: "Wrap-up after each talk.") var wrapUp = TimeArgument(seconds: 10)
  @Option(help: "How long an agent looks at a card before he accepts it (preview).")
  var card = TimeArgument(seconds: 20)
  @Option(help: "How long an agent's phone rings (agent_first, client_first).")
  var pickUp = TimeArgument(seconds: 3)
  @Option(help: "How long a customer listens (message), 5s at least.") var message = TimeArgument(seconds: 20)
  @Option(help: "max_concurrent_dials: lines of message mode, 1 to 2000.") var maxConcurrentDials = 30
  @Option(help: "max_dials_per_second, for message mode, 1 to 1000.") var maxDialsPerSecond = 5
  @Option(help: "Hours of a working day, above 0 to 24.") var hours = 8.0
  @Option(help: "Days to simulate for each mode, 1 to 100000.") var seeds = 100
  @Option(help: "The first seed.") var from: UInt64 = 1
  @Option(help: "all, agent_first, preview, progressive, predictive, client_first or message.") var mode =
    Modes.all
  @Option(help: "Numbers dialled at once for one agent (progressive), 1 to 10.") var lines = 1
  @Option(help: "The cap on dropped of live answers.") var maxDropRate = ShareArgument(share: 0.03)
  @Option(help: "No phone is cut off before it rang this long.") var minimumRing = TimeArgument(seconds: 15)
  @Option(help: "Days one after the other, of which the last is shown, 1 to 31.") var days = 1
  @Flag(help: "The answer rate halves in the middle of the day.") var answersHalve = false
  @Flag(help: "A third of the agents leaves in the middle of the day.") var agentsLeave = false
  @Option(help: "Write a chart to this file.") var svg: String?
  @Flag(name: .long, help: "For machines.") var json = false

  func validate() throws {
    let ranges: [(Bool, String)] = [
      (1...1_000 ~= agents, "--agents is 1 to 1000"), (1...100_000 ~= seeds, "--seeds is 1 to 100000"),
      (hours > 0 && hours <= 24, "--hours is above 0 to 24"), (1...10 ~= lines, "--lines is 1 to 10"),
      (1...31 ~= days, "--days is 1 to 31"),
      (answer.share > 0 && answer.share <= 1, "--answer is above 0 to 100%"),
      (answer.share + machines.share <= 1, "--answer and --machines are 100% together at most"),
      (maxDropRate.share > 0 && maxDropRate.share <= 0.5, "--max-drop-rate is above 0 to 50%"),
      (1...2_000 ~= maxConcurrentDials, "--max-concurrent-dials is 1 to 2000"),
      (1...1_000 ~= maxDialsPerSecond, "--max-dials-per-second is 1 to 1000"),
      (message.seconds >= 5, "--message is 5s at least: what is shorter counts as not heard"),
      (pickUp.seconds <= 299, "--pick-up is 299s at most"),
      (ring.seconds >= 1 && talk.seconds >= 1, "--ring and --talk are 1s at least"),
    ]
    for (holds, sentence) in ranges where !holds { throw ValidationError(sentence) }
  }

  func run() async throws {
    let modes: [DialingMode] =
      switch mode {
      case .all: DialingMode.allCases
      case .agentFirst: [.agentFirst]
      case .preview: [.preview]
      case .progressive: [.progressive]
      case .predictive: [.predictive]
      case .clientFirst: [.clientFirst]
      case .message: [.message]
      }
    let bar = SimulationBar(shown: isatty(STDERR_FILENO) == 1)
    let study = await DialingStudy.run(scenario, modes: modes, firstSeed: from, seeds: seeds) {
      bar.show(done: $0, of: $1)
    }
    bar.clear()
    if let svg {
      do { try Data(study.svg.utf8).write(to: URL(filePath: svg)) } catch {
        throw CommandFailure.failed("The chart cannot be written to \(svg): \(error.localizedDescription)")
      }
    }
    if json { try printJSON(study) } else { print(study.text) }
  }

  private var scenario: DialingScenario {
    var scenario = DialingScenario()
    scenario.agents = agents
    scenario.answerRate = answer.share
    scenario.machineRate = machines.share
    scenario.ring = ring.seconds
    scenario.talk = talk.seconds
    scenario.wrapUp = wrapUp.seconds
    scenario.preview = card.seconds
    scenario.pickUp = pickUp.seconds
    scenario.message = message.seconds
    scenario.lines = maxConcurrentDials
    scenario.dialsPerSecond = Double(maxDialsPerSecond)
    scenario.hours = hours
    scenario.days = days
    scenario.linesPerAgent = lines
    scenario.maxDropRate = maxDropRate.share
    scenario.minimumRing = minimumRing.seconds
    if answersHalve { scenario.answerRateFactor = 0.5 }
    if agentsLeave { scenario.leaving = 1.0 / 3 }
    return scenario
  }
}

/// A duration as the configuration writes it: `12s`, `2m`.
struct TimeArgument: ExpressibleByArgument {
  let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  init?(argument: String) {
    guard let duration = DurationText.read(argument) else { return nil }
    seconds = duration.inSeconds
  }

  var defaultValueDescription: String { DurationText.shortest(.milliseconds(Int64(seconds * 1_000))) }
}

/// A share as the configuration writes it: `30%`.
struct ShareArgument: ExpressibleByArgument {
  let share: Double

  init(share: Double) { self.share = share }

  init?(argument: String) {
    guard let share = NumberText.percentage(argument), 0...1 ~= share else { return nil }
    self.share = share
  }

  var defaultValueDescription: String { NumberText.shortest(share * 100) + "%" }
}

/// One line on the terminal that is written over.
private final class SimulationBar: Sendable {
  private let shown: Bool
  private let percent = Mutex(-1)

  init(shown: Bool) { self.shown = shown }

  /// At each whole per cent.
  func show(done: Int, of total: Int) {
    guard shown, total > 0 else { return }
    let now = done * 100 / total
    percent.withLock { percent in
      guard now > percent else { return }
      percent = now
      let filled = now * 40 / 100
      let text =
        "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 40 - filled)
        + "] \(done) of \(total) days"
      FileHandle.standardError.write(Data(("\r\u{1B}[K" + text).utf8))
    }
  }

  func clear() {
    guard shown else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }
}
