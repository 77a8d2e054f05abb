import Store
import Telephony
public import WebAPI

extension PerezvonService {
  public func customers(_ query: CustomerQuery) async throws(APIProblem) -> APIPage {
    var filter = CustomerFilter(limit: query.list.limit)
    filter.category = query.category
    filter.manager = query.manager.map { MemberInterface($0) }
    filter.changedFrom = query.list.from
    filter.changedTo = query.list.to
    filter.after = query.list.cursor.flatMap { PhoneNumber(e164: $0) }
    do throws(StoreError) {
      let found = try await library.customers(filter)
      let last = found.count == filter.limit ? found.last : nil
      return APIPage(items: found.map { CustomerDocument($0) }, next: last?.number.e164)
    } catch { throw APIProblem(AdministrationError(error)) }
  }

  public func customer(_ number: String) async throws(APIProblem) -> APIDocument {
    do throws(AdministrationError) { return try await administration.customer(number) } catch {
      throw APIProblem(error)
    }
  }

  public func setCustomer(
    _ number: String, _ record: CustomerRecord
  ) async throws(APIProblem) -> APIDocument {
    do throws(AdministrationError) {
      return try await administration.setCustomer(
        number, name: record.name, category: record.category, manager: record.manager)
    } catch { throw APIProblem(error) }
  }

  public func removeCustomer(_ number: String) async throws(APIProblem) {
    do throws(AdministrationError) {
      guard try await administration.removeCustomer(number) else {
        throw AdministrationError(.notFound, message: "Nothing was known of this number.")
      }
    } catch { throw APIProblem(error) }
  }

  public func addCustomers(_ upload: ListUpload) async throws(APIProblem) -> APIDocument {
    do throws(AdministrationError) {
      switch upload {
      case .csv(let bytes): return try await administration.importCustomers(csv: bytes)
      case .rows(let rows): return try await administration.importCustomers(rows: rows)
      }
    } catch { throw APIProblem(error) }
  }
}
