-- Stands before offer.lua and polled.lua. The schedule of a slot is the ordered set
-- schedule:SLOT (score: when the source is to be polled next, +inf: never); polled:SLOT has when each was
-- polled. A poll gives way to a later one alone: one that was cut off may tell of its polls when
-- another machine has gone on.
local function keep_due(slot, source, at, due)
    local key = base .. 'polled:' .. slot
    local known = tonumber(call('HGET', key, source) or 0)
    if not known or known <= tonumber(at) then
        call('HSET', key, source, at)
        call('ZADD', base .. 'schedule:' .. slot, due, source)
    end
end
