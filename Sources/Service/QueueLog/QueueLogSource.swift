import AsteriskLink
import Store
import Telephony

/// Where the lines of a queue_log come from: the file, or the table Asterisk writes it to.
///
/// Used by one follower, from its actor.
protocol QueueLogSource {
  /// For the log of the service: the file's path, the table's name.
  var shown: String { get }

  /// Finds where to begin, from the place the books have.
  ///
  /// - Parameter reach: older lines may be left out where there is no such place.
  func open(reach: Timestamp) async throws(QueueLogTrouble) -> QueueLogOpening

  /// Reads on.
  func step(at now: Timestamp) async throws(QueueLogTrouble) -> QueueLogTail.Step

  /// The place from which everything from this mark on is read again; where nothing is pending (nil), the place
  /// after what was read.
  func place(of mark: Int64?) -> QueueLogPlace?
}

/// How a reading began.
enum QueueLogOpening: Equatable {
  case resumed
  /// There is no place, or it is lost.
  case anew(detail: String)
}

/// Why a queue_log cannot be read now.
struct QueueLogTrouble: Error {
  /// For the log of the service; nil where that has been said by whoever knows better.
  let sentence: String?
}

/// How far a queue_log was read.
enum QueueLogPlace: Sendable, Equatable {
  case file(LogPosition)
  case table(QueueLogTablePosition)
}

/// The file.
final class QueueLogFileSource: QueueLogSource {
  private let pbx: PBXName
  private let store: Store
  private let tail: QueueLogTail

  init(pbx: PBXName, path: String, store: Store) {
    self.pbx = pbx
    self.store = store
    tail = QueueLogTail(path: path)
  }

  var shown: String { tail.path }

  func open(reach: Timestamp) async throws(QueueLogTrouble) -> QueueLogOpening {
    let position: LogPosition?
    do throws(StoreError) { position = try await store.position(in: .queueLog, of: pbx) } catch {
      throw QueueLogTrouble(sentence: nil)
    }
    switch tail.open(at: position, since: reach) {
    case .resumed: return .resumed
    case .anew(let files):
      return .anew(detail: "\(files) files, \(position == nil ? "no checkpoint" : "checkpoint lost")")
    }
  }

  func step(at now: Timestamp) async throws(QueueLogTrouble) -> QueueLogTail.Step {
    do throws(LogTailFailure) { return try tail.step() } catch {
      throw QueueLogTrouble(sentence: "\(error)")
    }
  }

  func place(of mark: Int64?) -> QueueLogPlace? { tail.position(of: mark).map { .file($0) } }
}
