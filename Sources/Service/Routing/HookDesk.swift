import CallPolicy
import Logging
import Store
import Telephony

/// Asks the books for the dialplan's questions, and carries the answers to it.
struct HookDesk: Sendable {
  /// So long a caller is kept for the books' answer. Then he goes on with what is known without them.
  static let patience = Duration.milliseconds(150)

  let link: any PBXConnection
  let store: any Books
  let world: World
  let logger: Logger

  /// Posts `.callerFound` with what the books say, or with nil when `patience` is over; the second is not believed.
  func lookUp(_ question: HookQuestion, _ post: @escaping @Sendable (SwitchboardEvent) async -> Void) {
    guard let number = question.number else { return }
    let late = Task { [clock = world.clock] in
      guard (try? await clock.sleep(for: Self.patience)) != nil else { return }
      await post(.callerFound(question, nil))
    }
    Task { [store, logger] in
      do throws(StoreError) {
        let file = try await store.callerFile(number)
        late.cancel()
        await post(.callerFound(question, file))
      } catch {
        late.cancel()
        logger.notice("A caller goes on unasked", metadata: ["reason": "\(error.message)"])
        await post(.callerFound(question, nil))
      }
    }
  }

  /// Sets the variables, all at once, then lets the caller go on. A variable that cannot be set is left out. An
  /// Asterisk that would let him wait for it is woken, where the dialplan has said how.
  func answer(_ question: HookQuestion, _ variables: [HookVariable]) {
    let channel = question.channel
    Task { [link, logger] in
      await withTaskGroup(of: CommandOutcome.self) { group in
        for variable in variables {
          group.addTask {
            await link.perform(.setVariable(channel, name: variable.name, value: variable.value))
          }
        }
        for await outcome in group where outcome != .done && outcome != .notFound {
          logger.notice("An answer to the dialplan was not taken", metadata: ["outcome": "\(outcome)"])
        }
      }
      let outcome = await link.perform(.resumeDialplan(channel))
      // Gone: he hung up, or his time limit sent him on.
      if outcome != .done, outcome != .notFound {
        logger.notice("A caller was not sent on", metadata: ["outcome": "\(outcome)"])
      }
      // He goes on without it, a moment later.
      if outcome == .done, let limit = question.limitBefore {
        _ = await link.perform(.wake(channel, limit: limit))
      }
    }
  }
}
