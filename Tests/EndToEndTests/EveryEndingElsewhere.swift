import Lab
import Telephony

/// Endings outside queues: greetings, menus, extensions, transfers, and callers who cannot be called back.
enum OtherEndings {
  static let all: [[PlayedEnding]] = [
    [greeting], [menu], [afterHours], [refused], [directAbandoned], [directTimeout], [ringGroup], [voicemail],
    [requested], [hidden], [foreign], [pickedUp], [blindToSomebody], [blindToNobody, parked],
    [attended, attendedToNobody],
  ]

  static let greeting = PlayedEnding(
    name: "hangs up in the greeting", caller: "+79167000101",
    expected: .missed(.greeting, .callerHungUp, wait: 5, steps: [])
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.longGreetingNumber, hangsUpAfter: .seconds(5))
  }

  static let menu = PlayedEnding(
    name: "hangs up in the menu", caller: "+79167000102",
    expected: .missed(.ivr, .callerHungUp, wait: 4, steps: [])
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.menuNumber, hangsUpAfter: .seconds(4))
  }

  static let afterHours = PlayedEnding(
    name: "calls after hours", caller: "+79167000103",
    expected: .missed(.afterHours, .pbx, wait: 2, steps: [])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.afterHoursNumber) }

  static let refused = PlayedEnding(
    name: "refused before the answer", caller: "+79167000104",
    expected: .missed(.trunk, .pbx, wait: 0, steps: [], noJob: "no campaign")
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.refusedNumber) }

  static let directAbandoned = PlayedEnding(
    name: "an extension nobody answers, the caller gives up", caller: "+79167000105",
    expected: .missed(.ring, .callerHungUp, rung: "PJSIP/102", wait: 5, steps: ["rang"])
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.directNumber(102), hangsUpAfter: .seconds(5))
  }

  static let directTimeout = PlayedEnding(
    name: "an extension nobody answers, the PBX gives up", caller: "+79167000106",
    expected: .missed(.ring, .timeout, rung: "PJSIP/102", wait: 5, steps: ["rang", "rang_out"])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.briefDirectNumber) }

  static let ringGroup = PlayedEnding(
    name: "a ring group nobody answers", caller: "+79167000107",
    expected: .missed(
      .ring, .timeout, rung: "PJSIP/102,PJSIP/103", wait: 6, steps: ["rang", "rang", "rang_out", "rang_out"])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.ringGroupNumber) }

  static let voicemail = PlayedEnding(
    name: "voicemail", caller: "+79167000108",
    expected: .missed(.ring, .voicemail, rung: "PJSIP/102", wait: 9, steps: ["rang", "rang_out", "stage"])
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.voicemailNumber, hangsUpAfter: .seconds(9))
  }

  static let requested = PlayedEnding(
    name: "asks for a callback", caller: "+79167000109",
    expected: .missed(.greeting, .callbackRequested, wait: 0.6, steps: ["callback_requested"])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.requestNumber) }

  static let hidden = PlayedEnding(
    name: "hides his number", caller: "anonymous",
    expected: .missed(
      .queue, .callerHungUp, queue: "sales", wait: 4.4, steps: ["joined", "abandoned", "left"],
      noJob: "hid his number")
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.mainNumber, hangsUpAfter: .seconds(5))
  }

  static let foreign = PlayedEnding(
    name: "calls from a country that is not allowed", caller: "+493012345678",
    expected: .missed(
      .queue, .callerHungUp, queue: "sales", wait: 4.4, steps: ["joined", "abandoned", "left"],
      noJob: "allow")
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.mainNumber, hangsUpAfter: .seconds(5))
  }

  static let pickedUp = PlayedEnding(
    name: "picked up from another phone", caller: "+79167000110",
    expected: .talked(with: "PJSIP/106", wait: 0.5)
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.directNumber(101))
    try await stage.ringing(101, for: caller)
    let taker = try await stage.lab.telco.dial("*8101", byAgent: 106)
    try await taker.answered()
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let blindToSomebody = PlayedEnding(
    name: "transferred to somebody", caller: "+79167000111",
    expected: .talked(with: "PJSIP/106", wait: 1)
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.directNumber(108))
    try await stage.talking(108, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await stage.lab.telco.transfer(agent: 108, to: "106")
    try await stage.talking(106, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let blindToNobody = PlayedEnding(
    name: "transferred to nobody", caller: "+79167000112",
    expected: .missed(
      .transfer, .callerHungUp, rung: "PJSIP/107,PJSIP/102", wait: 4,
      steps: ["rang", "talked", "transferred"])
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.directNumber(107))
    try await stage.talking(107, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await stage.lab.telco.transfer(agent: 107, to: "102")
    try await stage.ringing(102, for: caller)
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let parked = PlayedEnding(
    name: "parked and retrieved", caller: "+79167000113",
    expected: .talked(with: "PJSIP/106", wait: 1)
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.directNumber(107))
    try await stage.talking(107, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await stage.lab.telco.transfer(agent: 107, to: "700")
    try await stage.lab.telco.wait(within: .seconds(10), "107 let go") { legs in
      legs.last { $0.number == "107" && $0.other == caller && !$0.isLive }
    }
    let taker = try await stage.lab.telco.dial("701", byAgent: 106)
    try await taker.answered()
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let attended = PlayedEnding(
    name: "transferred after a talk", caller: "+79167000114",
    expected: .talked(with: "PJSIP/106", wait: 1)
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.directNumber(109))
    try await stage.talking(109, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await stage.lab.telco.press("*2", on: "109")
    try await Task.sleep(for: .seconds(1))
    try await stage.lab.telco.press("106", on: "109")
    try await stage.talking(106, with: "109")
    try await Task.sleep(for: .seconds(1))
    try await stage.lab.telco.hangUp("109")
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let attendedToNobody = PlayedEnding(
    name: "transferred after a talk, to nobody", caller: "+79167000115",
    expected: .missed(
      .transfer, .callerHungUp, rung: "PJSIP/109,PJSIP/102", wait: 4,
      steps: ["rang", "talked", "transferred"])
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.directNumber(109))
    try await stage.talking(109, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await stage.lab.telco.press("*2", on: "109")
    try await Task.sleep(for: .seconds(1))
    try await stage.lab.telco.press("102", on: "109")
    try await stage.ringing(102, for: "109")
    try await stage.lab.telco.hangUp("109")
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }
}
