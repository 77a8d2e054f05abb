public import Telephony

extension Store {
  private static let attemptThere = Statement(
    "answer attempt there", "SELECT 1 FROM perezvon.attempts WHERE id = $1")
  private static let answer = Statement(
    "answer",
    """
    INSERT INTO perezvon.answers (attempt, question, answer, at)
    SELECT id, $2, $3, $4 FROM perezvon.attempts WHERE id = $1
    ON CONFLICT (attempt, question) DO UPDATE SET answer = excluded.answer, at = excluded.at
      WHERE excluded.at >= perezvon.answers.at
    """)

  /// What a customer answered in an attempt; a later answer to the same question takes the place of an earlier one.
  /// False where there is no such attempt.
  public func record(
    answer: String, to question: String, attempt: AttemptID, at: Timestamp
  ) async throws(StoreError) -> Bool {
    let call = Self.answer.with(.uuid(attempt.id), .text(question), .text(answer), .time(at))
    return try await pool.run { link throws(StoreError) in
      try link.batch([call, Self.attemptThere.with(.uuid(attempt.id))], commits: true)[1].count > 0
    }
  }
}
