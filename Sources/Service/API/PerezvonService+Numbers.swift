public import WebAPI

extension PerezvonService {
  public func story(of number: String) async throws(APIProblem) -> APIDocument {
    do throws(AdministrationError) { return try await administration.explain(number) } catch {
      throw APIProblem(error)
    }
  }

  public func erase(_ number: String) async throws(APIProblem) -> APIDocument {
    do throws(AdministrationError) { return try await administration.erase(number) } catch {
      throw APIProblem(error)
    }
  }
}
