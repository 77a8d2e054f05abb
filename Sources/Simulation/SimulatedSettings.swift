import CallPolicy
import Telephony

@testable import Service

/// The configuration of a run: that of a real file, with times so short that a run is minutes and not days.
enum SimulatedSettings {
  private static let text = """
    database: {url: "postgresql://simulation"}
    pbx:
      - name: pbx1
        ami: {username: perezvon, secret: hush}
        ari: {username: perezvon, password: hush}
        inbound_contexts: [from-trunk]
        stages: {ivr-main: ivr}
        dial: PJSIP/{number}@trunk
    numbers: {region: RU, allow: ["+7"]}
    campaigns:
      - name: sales-callback
        queues: [sales, none]
        min_wait: 2s
        agents: {queue: sales}
    """

  private static let base: Settings = {
    do throws(SettingsErrors) {
      return try Settings.read(yaml: text, fileName: "simulation", environment: [:]) { _ in
        .failure(.init(sentence: "there are no files in a simulation"))
      }
    } catch {
      fatalError("the configuration of the simulation is wrong: \(error.mistakes)")
    }
  }()

  static func draw(_ random: inout SplitMix64) -> Settings {
    var settings = base
    var campaign = settings.policy.campaigns[0]
    campaign.startAfter = .seconds(random.pick([1, 5, 15]))
    campaign.expireAfter = .seconds(random.pick([90, 240]))
    campaign.ring = .seconds(12)
    campaign.maxAttempts = random.pick([1, 3, 4])
    campaign.successAfter = .seconds(5)
    campaign.agents.ring = .seconds(10)
    campaign.agents.wrapUp = .seconds(random.pick([0, 3]))
    campaign.agents.confirm = random.chance(3, in: 4)
    campaign.agents.announce = random.chance(1, in: 2) ? "perezvon-callback" : nil
    campaign.agents.stickyWait = .seconds(random.pick([0, 10]))
    campaign.retry.busy = [.seconds(10), .seconds(20)]
    campaign.retry.noAnswer = [.seconds(15), .seconds(30)]
    campaign.retry.congestion = [.seconds(8)]
    campaign.retry.dropped = [.seconds(45)]
    settings.policy.campaigns = [campaign]
    settings.policy.minRedialGap = .seconds(90)
    settings.policy.numbers.perNumberPerDay = random.pick([3, 6])
    settings.policy.numbers.perHour = random.pick([8, 500])
    for index in settings.dialing.indices {
      settings.dialing[index].coolDown = .seconds(random.pick([2, 15]))
    }
    return settings
  }
}
