import Telephony
public import WebAPI

extension PerezvonService {
  public func promise(
    _ order: PromiseOrder, by bearer: Bearer
  ) async throws(APIProblem) -> (job: APIDocument, created: Bool) {
    let seat = await seat(of: order.member, at: order.pbx)
    guard let number = order.number ?? seat?.customer else {
      throw APIProblem(
        .conflict, "With whom \(PrintableText(order.member)) talked last is not known; send his `number`.")
    }
    var call = OwnCall(
      agent: order.member, number: number, campaign: order.campaign, pbx: order.pbx ?? seat?.pbx.rawValue,
      note: order.note)
    call.queues = seat?.queues ?? []
    call.by = bearer.member == order.member ? nil : bearer.name
    do throws(AdministrationError) { return try await administration.promise(call, at: order.at) } catch {
      throw APIProblem(error)
    }
  }

  public func callNow(
    _ order: OwnCallOrder, by bearer: Bearer
  ) async throws(APIProblem) -> (job: APIDocument, created: Bool) {
    // Else somebody else's phone would ring.
    guard let seat = await seat(of: order.member, at: order.pbx) else {
      throw APIProblem(
        .conflict, "\(PrintableText(order.member)) is not seen in any queue, so his phone cannot be rung.")
    }
    var call = OwnCall(
      agent: order.member, number: order.number, campaign: order.campaign, pbx: seat.pbx.rawValue,
      note: order.note)
    call.queues = seat.queues
    call.by = bearer.member == order.member ? nil : bearer.name
    do throws(AdministrationError) { return try await administration.callNow(call) } catch {
      throw APIProblem(error)
    }
  }

  private struct Seat {
    var pbx: PBXName
    var queues: Set<QueueName>
    /// Raw: with whom he talks, or talked last.
    var customer: String?
  }

  /// Where an agent sits; nil where no queue is seen to have him.
  private func seat(of member: String, at pbx: String?) async -> Seat? {
    for board in room.boards where pbx == nil || board.name.rawValue == pbx {
      let place = await board.look { machine, _ in machine.place(of: MemberInterface(member)) }
      if !place.queues.isEmpty {
        return Seat(pbx: board.name, queues: place.queues, customer: place.customer)
      }
    }
    return nil
  }
}
