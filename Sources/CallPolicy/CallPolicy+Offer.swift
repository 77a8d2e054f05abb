public import Telephony

/// What a caller may be told: the answer to `Stasis(perezvon,offer,…)`.
public struct CallbackOffer: Sendable, Hashable {
  /// Nil: he may be offered a callback. Else why not, as the end of a sentence.
  public var refusal: String?
  /// The wait he is told; nil where nobody serves the queue.
  public var expectedWait: Duration?
  /// His own number, if it can be called back; nil: he is asked for one.
  public var number: PhoneNumber?
  /// When he would be called.
  public var at: Timestamp
}

extension CallPolicy {
  /// The campaign that keeps a callback asked for: the named one, else the first fed by missed calls that takes this
  /// queue, else the first of those. Nil where there is none.
  public func requestCampaign(named name: CampaignName?, queue: QueueName?) -> CampaignPolicy? {
    let callbacks = settings.campaigns.filter { $0.kind == .callback }
    return callbacks.first { $0.name == name } ?? callbacks.first { $0.queues.includes(queue) }
      ?? callbacks.first
  }

  /// Why this campaign does not call this number, as the end of a sentence; nil where it does.
  public func refusal(of caller: CallerNumber, in campaign: CampaignPolicy, doNotCall: Bool) -> String? {
    if let why = refusal(of: caller, doNotCall: doNotCall) { return why }
    guard case .number(_, let kind) = caller, campaign.dials(kind) else {
      return "\(campaign.name) does not dial such numbers (number_kinds)"
    }
    return nil
  }

  /// Whether a caller is offered a callback instead of waiting. It is not where it could not be kept today.
  ///
  /// - Parameters:
  ///   - expectedWait: nil where nobody serves the queue.
  ///   - asked: he asked for it by a key: then a short wait is no reason against it.
  public func offer(
    in campaign: CampaignPolicy?, to caller: CallerNumber, doNotCall: Bool, expectedWait: Duration?,
    asked: Bool, now: Timestamp
  ) -> CallbackOffer {
    let at = now + (expectedWait ?? .zero)
    var offer = CallbackOffer(expectedWait: expectedWait, at: at)
    guard let campaign else {
      offer.refusal = "there is no campaign that makes callbacks"
      return offer
    }
    if refusal(of: caller, in: campaign, doNotCall: doNotCall) == nil { offer.number = caller.e164 }
    if !campaign.requests.accepts {
      offer.refusal = "\(campaign.name) takes none (requests.accept)"
    } else if campaign.mode == .observe {
      offer.refusal = "\(campaign.name) only observes (mode: observe)"
    } else if doNotCall {
      offer.refusal = "the number is on the do-not-call list"
    } else if let expectedWait {
      let opening = opening(of: campaign, atOrAfter: at)
      if opening != at {
        offer.refusal = "it could not be kept today: the calendar is closed by then"
      } else if !asked, expectedWait < campaign.requests.offerFrom {
        offer.refusal = "the wait is short (requests.offer_from)"
      }
    } else {
      offer.refusal = "nobody serves the queue"
    }
    return offer
  }

  /// The next moment a clock shows these hours and minutes, at the campaign's place, if it is one of its opening hours
  /// then; nil where it is not, or where there is no such time.
  ///
  /// - Parameter clock: four digits, `1530`.
  public func moment(clock: String, in campaign: CampaignPolicy, now: Timestamp) -> Timestamp? {
    let digits = clock.utf8.map { Int64($0) - 48 }
    guard digits.count == 4, digits.allSatisfy({ 0...9 ~= $0 }) else { return nil }
    let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
    guard hour < 24, minute < 60 else { return nil }
    let zone = settings.calendar(of: campaign)?.zone ?? UTCZone()
    let day: Int64 = 86_400_000_000
    let offset = Int64(zone.secondsFromUTC(at: now)) * 1_000_000
    let midnight = (now.microseconds + offset) / day * day - offset
    let today = Timestamp(microseconds: midnight + (hour * 60 + minute) * 60_000_000)
    let next = today > now ? today : today + .seconds(86_400)
    return opening(of: campaign, atOrAfter: next) == next ? next : nil
  }
}
