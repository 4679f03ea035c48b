-- A page of concerns. ARGV: set, bound to begin with, how many, '1' for falling order, the states
-- shown ('' any), '1' when the topic counts, topic, how many to look at before pausing. Gives the
-- member to go on after ('' at the end), then bytes and address of each.
local set, from, most, falling = base .. ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local states, looks = ARGV[5], tonumber(ARGV[8])
local topic = ARGV[6] == '1' and ARGV[7]
local out, found = {''}, 0
repeat
    local want = math.min(looks, math.max(most - found, 64))
    local members = falling and call('ZREVRANGEBYLEX', set, from, '-', 'LIMIT', 0, want) or
        call('ZRANGEBYLEX', set, from, '+', 'LIMIT', 0, want)
    for _, member in ipairs(members) do
        local high, low = unpack_bytes('>I4I4', member, 9)
        local got = call('HMGET', base .. 'concern:' .. string.format('%.0f', high * 4294967296 + low),
            's', 't', 'b', 'u')
        if (states == '' or string.find(states, got[1], 1, true)) and
            (not topic or got[2] == topic) then
            found = found + 1
            out[#out + 1] = {got[3], got[4]}
        end
        from = '(' .. member
        looks = looks - 1
        if found == most then
            out[1] = member
            return out
        end
    end
    if #members < want then
        return out
    end
until looks == 0
out[1] = sub(from, 2)
return out
