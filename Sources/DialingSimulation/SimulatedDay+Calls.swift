import Dialer
import Telephony

extension SimulatedDay {
  /// Tells the pacer, and does what it says.
  mutating func tell(_ event: PacerEvent) {
    for action in pacer.handle(event, at: Timestamp(microseconds: now)) { perform(action) }
    let day = pacer.budget.lastDay
    if day.live >= Self.answersForWorstRate { result.worstRate = max(result.worstRate, day.dropRate) }
  }

  private mutating func perform(_ action: PacerAction) {
    switch action {
    case .dial(let count, let agent):
      let index = agent.flatMap { names.firstIndex(of: $0) }
      for _ in 0..<count { queue.add(.dialLeaves(agent: index), at: now + micro(scenario.latency)) }
    case .cancel(let key):
      queue.add(.cancelDone(key), at: now + micro(scenario.cancelLatency))
    case .offer(let agent):
      guard let index = names.firstIndex(of: agent) else { return }
      queue.add(.cardRead(index), at: now + micro(scenario.preview))
    case .stop: result.stops += 1
    case .pace(let pace, _): result.paceChanged(to: pace, at: now - lastDay)
    case .anomaly(let what): result.anomalies.append(what)
    }
  }

  mutating func dial(for agent: Int?) {
    keys += 1
    let key = DialKey(keys)
    let drawn = chance.share()
    let fate: Fate =
      drawn < answerRate ? .human : drawn < answerRate + scenario.machineRate ? .machine : .nobody
    dials[key] = Dial(agent: agent, fate: fate)
    let ring = max(1, chance.gamma(shape: 5.76, mean: scenario.ring))
    queue.add(.ringEnds(key), at: now + micro(ring))
    if counted { result.dials += 1 }
    tell(.dialed(key, for: agent.map { names[$0] }))
  }

  mutating func ringEnds(_ key: DialKey) {
    guard let dial = dials.removeValue(forKey: key) else { return }
    switch dial.fate {
    case .nobody: return tell(.unanswered(key))
    case .machine:
      if counted { result.countMachine() }
      return tell(.machine(key))
    case .human: tell(.answered(key))
    }
    if let agent = dial.agent, agents[agent].doing == .free { return connect(key, agent) }
    waiting.append(key)
    serve()
    if waiting.last == key { queue.add(.patienceOver(key), at: now + micro(scenario.patience)) }
  }

  /// The longest waiting customers to the longest idle agents.
  mutating func serve() {
    while let key = waiting.first {
      var best: Int?
      for index in agents.indices where agents[index].doing == .free {
        if let found = best, agents[found].since <= agents[index].since { continue }
        best = index
      }
      guard let agent = best else { return }
      waiting.removeFirst()
      connect(key, agent)
    }
  }

  private mutating func connect(_ key: DialKey, _ agent: Int) {
    spend(agent)
    agents[agent].doing = .talking
    record(dropped: false)
    let talk = chance.lognormal(mean: scenario.talk, variation: scenario.talkVariation)
    queue.add(.talkEnds(agent), at: now + micro(talk))
    tell(.connected(key, names[agent]))
  }

  /// Also what rings beyond the end of the day.
  mutating func record(dropped: Bool) {
    guard now >= lastDay else { return }
    result.record(dropped: dropped, at: now - lastDay)
  }
}
