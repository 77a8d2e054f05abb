internal import Foundation
internal import NIOCore
internal import NIOWebSocket
internal import Synchronization

extension SimulatedPBX {
  /// Whether the credentials of a request fit, as `api_key` or as basic authorization.
  func mayConnect(query: [String: String], authorization: String?) -> Bool {
    let wanted = "\(settings.ariUsername):\(settings.ariPassword)"
    if query["api_key"] == wanted { return true }
    return authorization == "Basic " + Data(wanted.utf8).base64EncodedString()
  }

  /// One text frame to every websocket; `pieces` above 1 sends it as so many fragments.
  public func sendFrame(_ json: String, pieces: Int = 1) {
    let bytes = Array(json.utf8)
    let length = max(1, (bytes.count + pieces - 1) / max(1, pieces))
    let parts = stride(from: 0, to: max(1, bytes.count), by: length).map { start in
      Array(bytes[start..<min(bytes.count, start + length)])
    }
    for channel in state.withLock({ $0.webSockets.values.map(\.channel) }) {
      for (index, part) in parts.enumerated() {
        let frame = WebSocketFrame(
          fin: index == parts.count - 1, opcode: index == 0 ? .text : .continuation,
          data: ByteBuffer(bytes: part))
        channel.writeAndFlush(frame, promise: nil)
      }
    }
  }

  /// The built-in answer to an HTTP request with good credentials.
  func builtInReply(to request: ReceivedRequest) -> RequestReply {
    let parts = request.path.split(separator: "/").map(String.init)
    guard parts.first == "ari", parts.count >= 2 else {
      return .answer(status: 404, body: message("not found"))
    }
    switch (request.method, parts[1], parts.count) {
    case ("GET", "channels", 2):
      let channels = state.withLock { $0.channels }
      return .answer(status: 200, body: "[" + channels.map(json).joined(separator: ",") + "]")
    case ("POST", "channels", 2), ("POST", "channels", 3):
      return originate(request, id: parts.count == 3 ? parts[2] : nil)
    case (_, "channels", _): return onChannel(request, id: parts[2], action: parts.count > 3 ? parts[3] : "")
    case ("GET", "asterisk", _):
      let system = #"{"version":"\#(settings.version)","entity_id":"02:00:00:00:00:01"}"#
      let times =
        #"{"startup_time":"2026-11-22T08:00:00.000+0000","last_reload_time":"2026-11-22T08:00:00.000+0000"}"#
      return .answer(status: 200, body: #"{"system":\#(system),"status":\#(times)}"#)
    case ("GET", "applications", 3):
      guard state.withLock({ $0.webSockets.values.contains { $0.application == parts[2] } }) else {
        return .answer(status: 404, body: message("Application not found"))
      }
      let body =
        #"{"name":"\#(parts[2])","channel_ids":[],"bridge_ids":[],"endpoint_ids":[],"device_names":[]}"#
      return .answer(status: 200, body: body)
    case ("DELETE", "playbacks", 3): return .answer(status: 204)
    default: return .answer(status: 404, body: message("Resource not found"))
    }
  }

  /// The id comes in the path, in the query or in the JSON body.
  private func originate(_ request: ReceivedRequest, id: String?) -> RequestReply {
    let object = try? JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
    let id = id ?? request.query["channelId"] ?? object?["channelId"] as? String ?? ""
    let endpoint = request.query["endpoint"] ?? object?["endpoint"] as? String ?? ""
    let channel = SimulatedChannel(id: id, name: "\(endpoint)-00000001", state: "Down")
    let isNew = state.withLock { state in
      guard !state.channels.contains(where: { $0.id == id }) else { return false }
      state.channels.append(channel)
      return true
    }
    guard isNew else {
      return .answer(status: 409, body: message("Channel with given unique ID already exists"))
    }
    return .answer(status: 200, body: json(channel))
  }

  private func onChannel(_ request: ReceivedRequest, id: String, action: String) -> RequestReply {
    let channel = state.withLock { state -> SimulatedChannel? in
      guard let index = state.channels.firstIndex(where: { $0.id == id }) else { return nil }
      return request.method == "DELETE" && action.isEmpty
        ? state.channels.remove(at: index) : state.channels[index]
    }
    guard let channel else { return .answer(status: 404, body: message("Channel not found")) }
    switch (request.method, action) {
    case ("GET", ""): return .answer(status: 200, body: json(channel))
    case ("POST", "play"): return .answer(status: 201, body: #"{"id":"x","state":"queued"}"#)
    default: return .answer(status: 204)
    }
  }

  private func message(_ text: String) -> String { #"{"message":"\#(text)"}"# }

  private func json(_ channel: SimulatedChannel) -> String {
    #"{"id":"\#(channel.id)","name":"\#(channel.name)","state":"\#(channel.state)","caller":{"name":"","number":""},"#
      + #""connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"perezvon-test","exten":"s","#
      + #""priority":1,"app_name":"","app_data":""},"creationtime":"2026-11-22T08:00:00.000+0000","language":"en"}"#
  }
}
