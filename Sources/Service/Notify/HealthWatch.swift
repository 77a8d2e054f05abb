import CallPolicy
import Foundation
import Store
import Telephony

/// What is wrong with the PBXs and their calls, from the figures of the books and the state of the links. Pure: it
/// says what is raised and what is well, each time; the books know what is news.
struct HealthWatch: Sendable {
  /// One alert as it stands now.
  struct Finding: Sendable, Equatable {
    var event: NotifySettings.Event
    /// The PBX or campaign it is about, as part of its name.
    var key: String
    var pbx: PBXName?
    /// Nil: it is well.
    var details: AlertDetails?
    /// What is well again, where `pbx` does not say it.
    var subject: String?

    var what: String { "\(event.rawValue) \(key)" }
  }

  /// Whether the AMI of a PBX is connected, as this instance sees it.
  struct Link: Sendable, Equatable {
    var pbx: PBXName
    var up: Bool
    var problem: String
    /// Ways to the network whose state is known.
    var trunks: [TrunkState] = []
  }

  let instance: InstanceName
  private var downSince: [PBXName: Timestamp] = [:]

  init(instance: InstanceName) { self.instance = instance }

  /// PBXs that were away for `pbx_down_after`, or are back.
  mutating func links(_ links: [Link], _ alerts: NotifySettings.Alerts, at now: Timestamp) -> [Finding] {
    links.compactMap { link in
      let key = "\(link.pbx) \(instance)"
      if link.up {
        downSince[link.pbx] = nil
        return Finding(event: .pbxDown, key: key, pbx: link.pbx, details: nil)
      }
      let since = downSince[link.pbx] ?? now
      downSince[link.pbx] = since
      guard now - since >= alerts.pbxDownAfter else { return nil }
      let details = AlertDetails(
        subject: link.pbx.rawValue, minutes: Int((now - since).inSeconds) / 60, problem: link.problem)
      return Finding(event: .pbxDown, key: key, pbx: link.pbx, details: details)
    }
  }

  /// Registrations that are lost and trunks that do not answer, and those that are well. Of a PBX that is away nothing
  /// is known. All instances see the same: the alert is one for all of them.
  func trunks(_ links: [Link]) -> [Finding] {
    links.filter(\.up).flatMap { link in
      link.trunks.map { trunk in
        let subject = "\(link.pbx) \(trunk.name)"
        let details = AlertDetails(subject: subject, problem: trunk.word)
        return Finding(
          event: .trunkFailing, key: subject, pbx: link.pbx, details: trunk.isUp == false ? details : nil,
          subject: subject)
      }
    }
  }

  /// What the books show. An alert is cleared where its figure is clearly on the other side, so that one at the limit
  /// does not come and go.
  func figures(_ figures: HealthFigures, _ settings: NotifySettings.Alerts, campaigns: [CampaignPolicy])
    -> [Finding]
  {
    var findings: [Finding] = []
    for dials in figures.dials where dials.dials >= settings.trunkMin {
      let share = Double(dials.refused) / Double(dials.dials)
      let details = AlertDetails(
        subject: dials.pbx.rawValue, count: dials.dials, percent: Self.percent(share))
      if share >= settings.trunkShare {
        findings.append(
          Finding(event: .trunkFailing, key: dials.pbx.rawValue, pbx: dials.pbx, details: details))
      } else if share < settings.trunkShare / 2 {
        findings.append(Finding(event: .trunkFailing, key: dials.pbx.rawValue, pbx: dials.pbx))
      }
    }
    for inbound in figures.inbound where settings.noCallsAfter > .zero {
      // Three calls a week in such a span: that none comes is a chance of one in twenty.
      let silent = inbound.calls == 0 && inbound.usual >= 3
      let details = AlertDetails(
        subject: inbound.pbx.rawValue, count: 0, usual: Int(inbound.usual.rounded()),
        minutes: Int(settings.noCallsAfter.inSeconds) / 60)
      if silent || inbound.calls > 0 {
        findings.append(
          Finding(
            event: .noCalls, key: inbound.pbx.rawValue, pbx: inbound.pbx, details: silent ? details : nil))
      }
    }
    findings += spike(figures.missed, settings).map { [$0] } ?? []
    for drops in figures.drops {
      guard let campaign = campaigns.first(where: { $0.name == drops.campaign }), drops.live >= 20 else {
        continue
      }
      let share = Double(drops.dropped) / Double(drops.live)
      let details = AlertDetails(
        subject: drops.campaign.rawValue, count: drops.live, percent: Self.percent(share))
      findings.append(
        Finding(
          event: .dropRateHigh, key: drops.campaign.rawValue, pbx: nil,
          details: share > campaign.maxDropRate ? details : nil))
    }
    return findings
  }

  private func spike(_ missed: HealthFigures.Missed, _ settings: NotifySettings.Alerts) -> Finding? {
    let calls = Double(missed.calls)
    let details = AlertDetails(
      subject: "all", count: missed.calls, usual: Int(missed.usual.rounded()), minutes: 60)
    if calls >= missed.usual * settings.spikeFactor, calls >= missed.usual + Double(settings.spikeMin) {
      return Finding(event: .lossSpike, key: "all", pbx: nil, details: details)
    }
    let half = missed.usual * (1 + (settings.spikeFactor - 1) / 2)
    return calls <= max(half, missed.usual + 1) ? Finding(event: .lossSpike, key: "all", pbx: nil) : nil
  }

  private static func percent(_ share: Double) -> Int { Int((share * 100).rounded()) }
}

extension HealthWatch.Finding {
  init(event: NotifySettings.Event, key: String, pbx: PBXName?) {
    self.init(event: event, key: key, pbx: pbx, details: nil)
  }
}
