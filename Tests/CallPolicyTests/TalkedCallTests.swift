import CallPolicy
import CallTracking
import Telephony
import Testing

@Suite struct `A call with a human` {
  @Test func `closes the job of a customer who called again`() {
    let verdict = policy().verdict(talkedCall(), history: NumberHistory(openJobs: [openJob()]))
    let why = "called again and was served by PJSIP/101 at 2026-11-23 13:00"
    #expect(verdict.changes == [.close(jobID(1), .recovered, reason: why)])
    #expect(verdict.decisions.map(\.reason) == [why])
    #expect(verdict.decisions.map(\.decision) == ["recovered"])
    #expect(verdict.noJobReason == nil && verdict.job == nil)
  }

  @Test(arguments: [CallDirection.outbound, .internal])
  func `by an agent who dialled by hand closes it too`(direction: CallDirection) {
    let verdict = policy().verdict(
      talkedCall(direction: direction), history: NumberHistory(openJobs: [openJob()]))
    #expect(
      verdict.decisions.map(\.reason) == [
        "was reached by PJSIP/101, who dialled him by hand, at 2026-11-23 13:00"
      ])
  }

  @Test func `of our own making settles nothing, unless the books have lost its attempt`() {
    var call = talkedCall(direction: .outbound)
    call.attempt = AttemptID("01940000-0000-7000-8000-000000000001")
    var history = NumberHistory(openJobs: [openJob()])
    #expect(policy().verdict(call, history: history).changes.isEmpty, "its attempt says how it ended")
    history.attemptLost = true
    let why =
      "was called back by PJSIP/101, though the books have lost the attempt, at 2026-11-23 13:00"
    #expect(policy().verdict(call, history: history).changes == [.close(jobID(1), .recovered, reason: why)])
  }

  @Test func `does not keep the promise that was made in it, though an older job carries it`() {
    let call = talkedCall()
    func changes(promisedAt moment: Timestamp) -> [JobChange] {
      let job = openJob {
        $0.source = .promised
        $0.promiseMadeAt = moment
      }
      return policy().verdict(call, history: NumberHistory(openJobs: [job])).changes
    }
    #expect(openJob().createdAt < call.startedAt, "he was owed a callback when he called")
    #expect(changes(promisedAt: call.endedAt - .seconds(1)).isEmpty)
    #expect(changes(promisedAt: call.startedAt - .seconds(1)).count == 1, "a later talk keeps it")
  }

  @Test func `that was too short leaves the job as it is`() {
    let call = talkedCall(talk: .milliseconds(4_900))
    let verdict = policy().verdict(call, history: NumberHistory(openJobs: [openJob()]))
    #expect(verdict.changes.isEmpty)
    #expect(
      verdict.decisions.map(\.reason) == [
        "called again and was served by PJSIP/101 but talked only 4 s, less than 5 s (success_after);"
          + " the callback is still owed"
      ])
    #expect(
      policy().verdict(talkedCall(talk: .seconds(5)), history: NumberHistory(openJobs: [openJob()]))
        .decisions.map(\.decision) == ["recovered"])
  }

  @Test func `settles every campaign's job by its own measure, the one being dialled and the held out too`() {
    var long = CampaignPolicy(name: "long")
    long.successAfter = .seconds(120)
    let jobs = [
      openJob(jobID(1)) { $0.state = .working },
      openJob(jobID(2)) { $0.campaign = "long" },
      openJob(jobID(3)) { ($0.campaign, $0.heldOut) = ("gone", true) },
    ]
    let verdict = policy([salesCampaign(), long]).verdict(
      talkedCall(), history: NumberHistory(openJobs: jobs))
    #expect(verdict.decisions.map(\.decision) == ["recovered", "kept", "recovered"])
    #expect(verdict.changes.count == 2)
  }

  @Test func `that ended before the missed call settles nothing`() {
    let early = talkedCall(endedAt: utc("2026-11-23 08:59"))
    let verdict = policy().verdict(early, history: NumberHistory(openJobs: [openJob()]))
    #expect(verdict == CallVerdict())
  }

  @Test func `that nobody owed anything, and a dial by hand that nobody answered, have no consequence`() {
    #expect(policy().verdict(talkedCall()) == CallVerdict())
    var vain = talkedCall(direction: .outbound)
    vain.answered = false
    vain.talk = .zero
    #expect(policy().verdict(vain, history: NumberHistory(openJobs: [openJob()])) == CallVerdict())
  }
}

@Suite struct `A returning caller` {
  private func look(_ jobs: [Job], longestWaiting: Timestamp? = nil) -> ReturningCaller? {
    policy([salesCampaign(), CampaignPolicy(name: "rest")])
      .returningCaller(
        openJobs: jobs, joined: "sales", longestWaiting: longestWaiting, now: utc("2026-11-23 10:00"))
  }

  @Test func `takes the priority of his callback with him`() throws {
    let found = try #require(look([openJob { $0.priority = 3 }]))
    #expect(found.priority == 4)
    #expect(
      found.decision.reason
        == "called again and waits in sales; he goes ahead with priority 4, and is not dialled meanwhile")
  }

  @Test func `passes who came after his first call, and nobody who came before it`() throws {
    let job = openJob { ($0.priority, $0.firstMissedAt) = (0, utc("2026-11-23 09:00")) }
    #expect(look([job], longestWaiting: utc("2026-11-23 09:01"))?.priority == 1)
    let passed = try #require(look([job], longestWaiting: utc("2026-11-23 08:59")))
    #expect(passed.priority == nil)
    #expect(passed.decision.reason.contains("keeps his place"))
  }

  @Test func `has nothing to take where nothing is owed`() {
    #expect(look([]) == nil)
    #expect(look([openJob { $0.state = .recovered }]) == nil)
  }

  @Test func `is known by the queue's campaign first, then by the longest wait`() {
    let older = openJob(jobID(2)) { ($0.campaign, $0.firstMissedAt) = ("gone", utc("2026-11-23 07:00")) }
    #expect(look([older, openJob()])?.job == jobID(1))
    let other = openJob(jobID(3)) { $0.campaign = "gone" }
    #expect(look([other, older])?.job == jobID(2))
  }
}
