-- For wrk: sends the requests of a file in turn, each a line of body TAB token, and tells what came of it.
local requests, at = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local body, token = line:match("^(.-)\t(.*)$")
    local headers = { ["content-type"] = "application/json" }
    if token ~= "" then headers["authorization"] = "Bearer " .. token end
    requests[#requests + 1] = wrk.format("POST", "/graphql", headers, body)
  end
  at = tonumber(args[2])
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %.0f %.0f", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.timeout + e.status, latency:percentile(50), latency:percentile(99)))
end
