/// The configuration of the outside contract, value for value: every later version must read exactly this
/// meaning from it.
let contractSample = #"""
  database:
    url: postgresql://perezvon@127.0.0.1:5432/perezvon   # libpq URI
    spool: /var/lib/perezvon/spool                       # facts wait here while the database is away
  http:
    listen: 127.0.0.1:8080
  instance: node-a                                        # default: host name

  pbx:
    - name: pbx1                                          # as in asterisk.conf systemname
      ami: {host: 127.0.0.1, port: 5038, username: perezvon, secret: "…", tls: false}
      ari: {url: "http://127.0.0.1:8088/ari", username: perezvon, password: "…", app: perezvon}
      inbound_contexts: [from-trunk]                      # a channel born here is a customer calling in
      own_numbers: ["+74951112233"]                     # our DIDs: never called back
      stages:                                             # dialplan context -> where the call was lost
        greeting: greeting
        ivr-main: ivr
        after-hours: after_hours
      dial: "PJSIP/{number}@trunk"                        # how a customer is dialled
      number_format: e164                                 # e164 (+7916…), digits (7916…), national (8916…)
      max_concurrent_dials: 30
      max_dials_per_second: 5
      queue_log: /var/log/asterisk/queue_log              # second source for what was missed while away

  numbers:
    region: RU                                            # national numbers are read as this region's
    allow: ["+7"]                                         # nothing outside is ever dialled
    deny: ["+7809", "+7803"]
    per_number_per_day: 6                                 # attempts, over all jobs
    per_hour: 500                                         # all customer dials of one PBX

  calendars:
    office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00", sat: "10:00-15:00"},
             closed: ["2027-01-01/2027-01-08"]}

  campaigns:
    - name: sales-callback
      kind: callback
      queues: [sales]
      lost_at: [queue, ring, ivr, greeting, transfer, after_hours]
      min_wait: 5s
      number_kinds: [mobile]
      otherwise: task
      mode: agent_first
      agents: {queue: sales, choose: longest_idle, sticky_wait: 20s, announce: perezvon-callback,
               confirm: true, ring: 20s, wrap_up: 10s}
      connect: {context: perezvon-connect, exten: s}
      message: {context: perezvon-message, exten: s}
      lines_per_agent: 1
      max_drop_rate: 3%
      caller_id: "+74951112233"
      calendar: office
      start_after: 30s
      expire_after: 24h
      ring: 25s
      retry: {busy: [5m, 10m, 30m], no_answer: [30m, 2h, 4h], congestion: [2m, 5m],
              machine: [2h], agent_missed: [0s], dropped: [72h]}
      max_attempts: 4
      success_after: 5s
      hold_out: 0%

  routing:
    sticky: {within: 30d, wait: 20s}
    categories: {vip: {priority: 10, bypass_queue: true}, regular: {priority: 0}, blocked: {reject: true}}

  notify:
    smtp: {url: "smtp://127.0.0.1:25", from: "pbx@example.org"}
    sms: {method: POST, url: "https://sms.example.org/send", headers: {Authorization: "Bearer ${SMS_KEY}"},
          body: '{"to":"{{number}}","text":"{{text}}"}'}
    rules:
      - {on: missed_call, queues: [sales], email: [lead@example.org]}
      - {on: missed_call, queues: [sales], sms_to: customer, text: "…"}
      - {on: digest, every: 15m, email: [boss@example.org]}
      - {on: task_overdue, email: [boss@example.org]}
      - {on: "*", webhook: {url: "https://crm.example.org/hook", secret: "…"}}
  tasks: {due_in: 2h}
  losses: {average_sale: 12000, currency: RUB, conversion: 30%, self_return: measured}
  retention: {calls: 400d, numbers_after: 400d}
  """#
