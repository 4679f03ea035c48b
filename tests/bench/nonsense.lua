-- Requests that nobody means, six kinds of them, many on each connection before the first is
-- answered. What was refused is counted: every status but 200.
local block = 60

function init()
   local host = " HTTP/1.1\r\nHost: localhost:" .. wrk.port .. "\r\n"
   local kinds = {
      "GET /nonsense/%2e%2e" .. host .. "\r\n",
      "GET /api/v1/concerns?state=nonsense" .. host .. "\r\n",
      "GET /api/v1/corpus" .. host .. "Authorization: Bearer hy_nonsense\r\n\r\n",
      "POST /api/v1/concerns/c1/accept" .. host .. "Content-Length: 0\r\n\r\n",
      "GET /" .. " HTTP/1.1\r\nHost: evil.example:" .. wrk.port .. "\r\n\r\n",
      "PUT /api/v1/session" .. host .. "Cookie: huiying=nonsense\r\nContent-Length: 0\r\n\r\n",
   }
   local all = {}
   for i = 1, block do
      all[i] = kinds[(i - 1) % #kinds + 1]
   end
   whole = table.concat(all)
end

function request()
   return whole
end

function done(summary, latency, requests)
   io.write(string.format("refused=%d\n", summary.errors.status))
end
