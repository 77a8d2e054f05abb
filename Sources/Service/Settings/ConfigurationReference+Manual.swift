extension ConfigurationReference {
  /// The man page perezvon.yaml(5): every key with its value, default and meaning.
  public static func manual(version: String) -> String {
    var page = Roff.title("perezvon.yaml", section: 5, version: version)
    page += Roff.section("NAME") + "perezvon.yaml \\- configuration of perezvon(8)\n"
    page += Roff.section("SYNOPSIS") + Roff.bold("/etc/perezvon/perezvon.yaml") + "\n"
    page += Roff.section("DESCRIPTION")
    page +=
      Roff.text(
        """
        One YAML file. `perezvon check-config` reports every mistake at once, each with its line; SIGHUP reads the file \
        again, and a file with a mistake leaves the old settings in force.
        """) + "\n.PP\n"
    page +=
      Roff.text(
        """
        Durations are whole numbers with a unit, larger units first: 300ms, 10s, 5m, 2h, 3d, 1h30m. Percentages have \
        their sign: 3%. ${NAME} is filled in from the environment, $$ is one $. A secret may stand in a file of its own: \
        `secret_file: secrets/ami` in place of `secret: …`; the path is relative to the configuration's directory, and \
        a copy that systemd gave the service (LoadCredential) is taken first.
        """) + "\n"
    for key in ConfigurationKeys.top {
      page += Roff.section(key.name.uppercased()) + Roff.text(key.sentence) + "\n"
      keys(of: key, path: key.name, into: &page)
    }
    page += Roff.section("FILES")
    page += Roff.item(Roff.bold("/etc/perezvon/perezvon.yaml"), "The configuration.")
    page += Roff.item(
      Roff.bold("/etc/perezvon/secrets"),
      "Files with secrets, of root alone; systemd hands the service copies.")
    page += Roff.item(Roff.bold("/usr/share/perezvon/perezvon.yaml"), "A sample with every key.")
    page += Roff.section("SEE ALSO") + Roff.bold("perezvon") + "(8)\n"
    return page
  }

  private static func keys(of key: KeyDescription, path: String, into page: inout String) {
    guard let (suffix, inner) = inner(key.kind) else {
      page += ".PP\n" + Roff.text(properties(key)) + "\n"
      return
    }
    for leaf in inner {
      let name = "\(path)\(suffix).\(leaf.name)"
      if Self.inner(leaf.kind) == nil {
        let restart = leaf.kind.isSecret ? " A secret." : ""
        page += Roff.item(Roff.bold(name), "\(leaf.sentence) \(properties(leaf))\(restart)")
      } else {
        page += Roff.item(Roff.bold(name), leaf.sentence)
        keys(of: leaf, path: name, into: &page)
      }
    }
  }
}
