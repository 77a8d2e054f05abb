@testable import Service

/// Reads a text as `/etc/perezvon/perezvon.yaml`; `files` are the secrets' files by path.
func read(
  _ yaml: String, environment: [String: String] = [:], files: [String: String] = [:]
) throws(SettingsErrors) -> Settings {
  try Settings.read(yaml: yaml, fileName: "/etc/perezvon/perezvon.yaml", environment: environment) { path in
    files[path].map { .success($0) }
      ?? .failure(.init(sentence: "does not exist; create it or correct the name"))
  }
}

/// The mistakes of a text, one a line, without the file's name.
func mistakes(
  _ yaml: String, environment: [String: String] = [:], files: [String: String] = [:]
) -> [String] {
  do throws(SettingsErrors) {
    _ = try read(yaml, environment: environment, files: files)
    return []
  } catch {
    return error.mistakes.map(\.description)
  }
}

/// The least that is a configuration; texts to put at its end, in front or into its only PBX or campaign.
func least(top: String = "", pbx: String = "", campaign: String = "", ami: String = "") -> String {
  """
  database: {url: "postgresql://perezvon@127.0.0.1/perezvon"}
  pbx:
    - name: pbx1
      ami: {username: perezvon, secret: hush\(ami)}
      ari: {username: perezvon, password: hush}
      inbound_contexts: [from-trunk]
      dial: PJSIP/{number}@trunk
  \(pbx)
  numbers: {region: RU, allow: ["+7"]}
  calendars: {office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}}}
  campaigns:
    - name: sales
      queues: [sales]
      calendar: office
  \(campaign)
  \(top)
  """
}
