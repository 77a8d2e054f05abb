import HTTPTypes

/// `/api/v1/customers`: who the customers are.
enum CustomerRoutes {
  /// Characters of a name, at most: so many always fit the books.
  static let nameMax = 200

  private static let path = "/api/v1/customers/{e164}"
  /// An interface that can be dialled as it stands, or nothing.
  private static let manager: JSONNode = [
    "type": "string", "maxLength": 80, "pattern": "^([A-Za-z0-9]+/[-A-Za-z0-9._@/+:]+)?$",
  ]
  static let schema: JSONNode = [
    "type": "object", "required": ["number", "name", "updatedAt"],
    "properties": [
      "number": ["type": "string"], "name": ["type": "string"],
      "category": ["type": ["string", "null"], "description": "A key of `routing.categories`."],
      "manager": ["type": ["string", "null"], "description": "An agent's interface, PJSIP/101."],
      "updatedAt": JobRoutes.moment,
    ],
  ]

  static func all(_ face: any CustomersFace) -> [Route] {
    [
      Route(
        method: .get, path: "/api/v1/customers", role: .agent,
        sentence: "Customers of whom something was said, by number.",
        parameters: [
          .text("category", "Only this category."), .text("manager", "Only those of this agent."),
          .moment("from", "Changed not before this moment."), .moment("to", "Changed before this moment."),
          .limit,
          customerCursor,
        ], answer: .init(schema: APISchema.page(of: schema))
      ) { request in
        var list = request.list
        list.cursor = list.cursor.map(NumberText.restored)
        let query = CustomerQuery(
          list: list, category: request.query["category"], manager: request.query["manager"])
        return .ok(try await face.customers(query))
      },
      Route(
        method: .post, path: "/api/v1/customers", role: .supervisor,
        sentence:
          "Bring customers in: CSV with a header, or an array of objects: phone, and of name, category, manager"
          + " those to be said; what is left out stays as it is known, what is empty is removed.",
        body: ListUpload.body,
        answer: .init(schema: ["type": "object", "required": ["rows", "taken", "refused", "refusals"]])
      ) { request in .ok(try await face.addCustomers(try ListUpload(request))) },
      Route(
        method: .get, path: path, role: .agent, sentence: "What is said of one customer.",
        answer: .init(schema: schema)
      ) { request in .ok(try await face.customer(try NumberRoutes.number(request))) },
      Route(
        method: .put, path: path, role: .supervisor,
        sentence: "Say all there is to say of one customer; what is left out is known no more.",
        body: .init(schema: [
          "type": "object", "additionalProperties": false,
          "properties": [
            "name": ["type": "string", "maxLength": .integer(Int64(nameMax))],
            "category": ["type": "string", "maxLength": 200], "manager": manager,
          ],
        ]), answer: .init(schema: schema)
      ) { request in
        let body = try request.object(["name", "category", "manager"])
        let record = CustomerRecord(
          name: try body.textOrNil("name", limit: nameMax) ?? "",
          category: try body.textOrNil("category", limit: 200) ?? "", manager: try interface(body))
        return .ok(try await face.setCustomer(try NumberRoutes.number(request), record))
      },
      Route(
        method: .delete, path: path, role: .supervisor,
        sentence: "Forget what was said of a customer; his calls and jobs stay.",
        answer: .init(status: .noContent, contentTypes: [])
      ) { request in
        try await face.removeCustomer(try NumberRoutes.number(request))
        return APIAnswer(status: .noContent, body: .empty)
      },
    ]
  }

  private static func interface(_ body: JSONObject) throws(APIProblem) -> String {
    let text = try body.textOrNil("manager", limit: 80) ?? ""
    guard text.isEmpty || text.wholeMatch(of: /[A-Za-z0-9]+\/[-A-Za-z0-9._@\/+:]+/) != nil else {
      throw APIProblem(.invalid, "`manager` must be an agent's interface, such as PJSIP/101.")
    }
    return text
  }

  /// The number of the last customer of a page.
  private static let customerCursor = Route.Parameter(
    name: "cursor", schema: ["type": "string", "pattern": "^\\+[0-9]{3,20}$"],
    sentence: "`next` of the page before.",
    accepts: { text in
      let number = NumberText.restored(text)
      return number.hasPrefix("+") && NumberText.isOne(number)
    })
}
