import Lab
import Telephony

/// Endings that have to do with queues: the rows of the table of queue endings.
enum QueueEndings {
  static let all: [[PlayedEnding]] = [
    [waiting], [rings], [collision], [timeout], [overflow], [key], [emptyUntold], [emptyTold], [emptying],
    [full], [fullUntold, fullTold], [withdrawn], [withdrawnTold], [redirected], [short],
  ]

  static let waiting = PlayedEnding(
    name: "hangs up waiting", caller: "+79167000001",
    expected: .missed(
      .queue, .callerHungUp, queue: "sales", wait: 5.4, steps: ["joined", "abandoned", "left"])
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.mainNumber, hangsUpAfter: .seconds(6))
  }

  static let rings = PlayedEnding(
    name: "hangs up while an agent rings", caller: "+79167000002",
    expected: .missed(
      .queue, .callerHungUp, queue: "desk", rung: "PJSIP/110", wait: 5.4,
      steps: ["joined", "rang", "abandoned", "left"])
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.deskNumber, hangsUpAfter: .seconds(6))
  }

  static let collision = PlayedEnding(
    name: "hangs up as the agent picks up", caller: "+79167000003",
    expected: .missed(
      .queue, .agentCollision, queue: "delayed", rung: "PJSIP/105", wait: 2.2,
      steps: ["joined", "rang", "abandoned", "left"])
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.delayedNumber)
    try await stage.talking(105, with: caller)
    try await Task.sleep(for: .seconds(1))
    try await call.hangUp()
    try await call.ended()
  }

  static let timeout = PlayedEnding(
    name: "the queue's time runs out, nobody takes it up", caller: "+79167000004",
    expected: .missed(.queue, .timeout, queue: "sales", wait: 5, steps: ["joined", "abandoned", "left"])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.timeoutNumber) }

  static let overflow = PlayedEnding(
    name: "answered in the second queue", caller: "+79167000005",
    expected: .talked(with: "PJSIP/104", queue: "support", wait: 1)
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.overflowNumber)
    try await stage.talking(104, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let key = PlayedEnding(
    name: "leaves the queue by a key that leads nowhere", caller: "+79167000006",
    expected: .missed(.queue, .key, queue: "keyed", wait: 3, steps: ["joined", "left"])
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.keyExitNumber)
    _ = try await stage.lab.pbx.caller(caller, in: "Queue")
    try await Task.sleep(for: .seconds(2))
    try await call.press("1")
    try await call.ended()
  }

  /// Nothing tells that there was a queue but the context he was last in.
  static let emptyUntold = PlayedEnding(
    name: "may not join an empty queue, no hook", caller: "+79167000007",
    expected: .missed(.queue, .pbx, wait: 0.6, steps: [])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.emptyQueueNumber) }

  static let emptyTold = PlayedEnding(
    name: "may not join an empty queue", caller: "+79167000008",
    expected: .missed(.queue, .queueEmpty, queue: "closed", wait: 0.6, steps: ["stage"])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.toldEmptyQueueNumber) }

  static let emptying = PlayedEnding(
    name: "sent away from a queue that is empty", caller: "+79167000009",
    expected: .missed(.queue, .queueEmpty, queue: "emptying", wait: 0, steps: ["joined", "left", "stage"])
  ) { stage, caller in try await stage.call(caller, to: PBXDialplan.emptyingNumber) }

  static let full = PlayedEnding(
    name: "waits in the queue with room for one", caller: "+79167000010",
    expected: .missed(
      .queue, .callerHungUp, queue: "narrow", wait: 11.4, steps: ["joined", "abandoned", "left"])
  ) { stage, caller in
    try await stage.call(caller, to: PBXDialplan.narrowQueueNumber, hangsUpAfter: .seconds(12))
  }

  static let fullUntold = PlayedEnding(
    name: "finds the queue full, no hook", caller: "+79167000011",
    expected: .missed(.queue, .pbx, wait: 0.6, steps: [])
  ) { stage, caller in
    _ = try await stage.lab.pbx.caller(full.caller, in: "Queue")
    try await stage.call(caller, to: PBXDialplan.narrowQueueNumber)
  }

  static let fullTold = PlayedEnding(
    name: "finds the queue full", caller: "+79167000012",
    expected: .missed(.queue, .queueFull, queue: "narrow", wait: 0.6, steps: ["stage"])
  ) { stage, caller in
    _ = try await stage.lab.pbx.caller(full.caller, in: "Queue")
    try await stage.call(caller, to: PBXDialplan.toldNarrowQueueNumber)
  }

  static let withdrawn = PlayedEnding(
    name: "withdrawn from the queue and answered elsewhere", caller: "+79167000013",
    expected: .talked(with: "PJSIP/106", queue: "sales", wait: 2)
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.withdrawnNumber)
    let channel = try await stage.lab.pbx.caller(caller, in: "Queue")
    try await Task.sleep(for: .seconds(2))
    try await stage.lab.pbx.withdraw(channel, from: "sales")
    try await stage.talking(106, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let withdrawnTold = PlayedEnding(
    name: "withdrawn from the queue and left alone", caller: "+79167000014",
    expected: .missed(
      .queue, .withdrawn, queue: "sales", wait: 2, steps: ["joined", "abandoned", "left", "stage"])
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller, to: PBXDialplan.toldQueueNumber)
    let channel = try await stage.lab.pbx.caller(caller, in: "Queue")
    try await Task.sleep(for: .seconds(2))
    try await stage.lab.pbx.withdraw(channel, from: "sales")
    try await call.ended()
  }

  static let redirected = PlayedEnding(
    name: "taken out of the queue by a supervisor", caller: "+79167000015",
    expected: .talked(with: "PJSIP/106", queue: "sales", wait: 2)
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller)
    let channel = try await stage.lab.pbx.caller(caller, in: "Queue")
    try await Task.sleep(for: .seconds(2))
    try await stage.lab.pbx.redirect(channel, context: "direct", exten: "106")
    try await stage.talking(106, with: caller)
    try await Task.sleep(for: Stage.chat)
    try await call.hangUp()
    try await call.ended()
  }

  static let short = PlayedEnding(
    name: "hangs up at once", caller: "+79167000016",
    expected: .missed(
      .queue, .callerHungUp, queue: "sales", wait: 0.4, steps: ["joined", "abandoned", "left"], short: true,
      noJob: "short abandon")
  ) { stage, caller in
    let call = try await stage.lab.telco.placeCall(from: caller)
    _ = try await stage.lab.pbx.caller(caller, in: "Queue")
    try await call.hangUp()
    try await call.ended()
  }
}
