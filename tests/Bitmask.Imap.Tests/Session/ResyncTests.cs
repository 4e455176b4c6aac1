using System.Globalization;
using System.Text.RegularExpressions;

namespace Bitmask.Imap.Tests.Session;

/// <summary>CONDSTORE and QRESYNC (RFC 7162) between several sessions, and a model: whoever comes back knows exactly what is there.</summary>
public sealed partial class ResyncTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task RandomWalks_OnThreeConnections_ReconnectsRebuildTheExactState(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        using var alice = await Alice.WithMailAsync(3);
        var random = new Random(seed);
        var caches = new List<Cache>();
        for (var i = 0; i < 3; i++)
        {
            caches.Add(await Cache.StartAsync(alice));
        }

        for (var act = 0; act < 250; act++)
        {
            var cache = caches[random.Next(caches.Count)];
            if (random.Next(12) > 0)
            {
                await cache.ActAsync(random);
                continue;
            }

            // The connection breaks, half of the time in the middle of a command whose answer is lost.
            if (random.Next(2) == 0)
            {
                await cache.LoseAnswerAsync(random);
            }

            await cache.ReconnectAsync(random);
            cache.AssertIs(alice);
        }

        foreach (var cache in caches)
        {
            await cache.ReconnectAsync(random);
            cache.AssertIs(alice);
        }
    }

    [Fact]
    public async Task ConditionalStore_WhenAnotherChangedOne_ChangesTheOthers()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        var highest = Highest(await two.SendAsync("STATUS INBOX (HIGHESTMODSEQ)"));
        await one.SendAsync("STORE 2 +FLAGS.SILENT (\\Answered)");

        var lines = await two.SendAsync($"STORE 1:3 (UNCHANGEDSINCE {highest}) +FLAGS.SILENT ($Done)");

        Assert.Equal(["* 1 FETCH (UID 1 MODSEQ", "* 3 FETCH (UID 3 MODSEQ", "* 2 FETCH (UID 2 FLAGS (\\Answered) MODSEQ"], lines.Where(static l => l.Contains("FETCH", StringComparison.Ordinal)).Select(static l => l[..l.LastIndexOf(" (", StringComparison.Ordinal)]));
        Assert.Equal("OK [MODIFIED 2] Some of the messages were changed meanwhile", lines[^1]);
    }

    [Fact]
    public async Task ConditionalStore_WhenOneIsGone_AnswersNo()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        var highest = Highest(await two.SendAsync("STATUS INBOX (HIGHESTMODSEQ)"));
        await one.SendAsync("STORE 2 +FLAGS.SILENT (\\Answered)");
        await one.SendAsync("STORE 3 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");

        var lines = await two.SendAsync($"STORE 1:3 (UNCHANGEDSINCE {highest}) +FLAGS.SILENT ($Done)");

        Assert.Equal("NO [MODIFIED 2] Some of the messages have been deleted", lines[^1]);
    }

    [Fact]
    public async Task Removal_HeldBack_KeepsTheMarkBelowIt()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice, null));
        await two.SendAsync("ENABLE QRESYNC");
        var before = Highest(await two.SendAsync("SELECT INBOX"));
        await one.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");

        var held = await two.SendAsync("STORE 2 +FLAGS.SILENT (\\Answered)");
        var told = await two.SendAsync("NOOP");

        Assert.Equal($"OK [HIGHESTMODSEQ {before}] STORE completed", held[^1]);
        Assert.Equal("* VANISHED 1", told[0]);
        Assert.True(Highest(told) > before);
        Assert.DoesNotContain(await two.SendAsync("NOOP"), static l => l.Contains("HIGHESTMODSEQ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FlagsChangedAndChangedBack_AreTold_ForTheirModSeq()
    {
        using var alice = await Alice.WithMailAsync(2);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await two.SendAsync("ENABLE CONDSTORE");
        await one.SendAsync("STORE 2 +FLAGS.SILENT (\\Answered)");
        await one.SendAsync("STORE 2 -FLAGS.SILENT (\\Answered)");

        Assert.StartsWith("* 2 FETCH (UID 2 FLAGS () MODSEQ (", (await two.SendAsync("NOOP"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UidSearch_WithSequenceNumbers_HoldsRemovalsBack()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");

        Assert.DoesNotContain(await two.SendAsync("UID SEARCH OR 1:2 SEEN"), static l => l.Contains("EXPUNGE", StringComparison.Ordinal));
        Assert.Equal(["* SEARCH 3", "* 1 EXPUNGE", "OK SEARCH completed"], await two.SendAsync("UID SEARCH FLAGGED"));
    }

    [Fact]
    public async Task Reconnect_BeyondWhatIsRemembered_NamesEverythingThatIsNotThere()
    {
        using var alice = await Alice.WithMailAsync(3);
        var one = await ImapClient.LoggedInAsync(alice, null);
        await one.SendAsync("ENABLE QRESYNC");
        var validity = Validity(await one.SendAsync("SELECT INBOX"));
        await one.SendAsync("UID STORE 1,3 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");
        await alice.Store.WriteAsync(static tx => tx.Sql.Execute("DELETE FROM mail_change WHERE sequence < (SELECT max(sequence) FROM mail_change)"));

        Assert.Contains("* VANISHED (EARLIER) 1,3", await one.SendAsync($"SELECT INBOX (QRESYNC ({validity} 1))"));
        Assert.Contains("* VANISHED (EARLIER) 1", await one.SendAsync($"SELECT INBOX (QRESYNC ({validity} 1 1:2))"));

        // Message 1 has UID 2, as the client knows: it has heard of all that is gone below (RFC 7162 §3.2.5.2).
        Assert.Contains("* VANISHED (EARLIER) 3", await one.SendAsync($"SELECT INBOX (QRESYNC ({validity} 1 1:3 (1 2)))"));
    }

    private static long Highest(string[] lines)
        => long.Parse(Mark().Match(lines.Last(static l => Mark().IsMatch(l))).Groups[1].Value, CultureInfo.InvariantCulture);

    private static string Validity(string[] lines) => lines.Select(static l => Regex.Match(l, "UIDVALIDITY ([0-9]+)")).First(static m => m.Success).Groups[1].Value;

    [GeneratedRegex("HIGHESTMODSEQ ([0-9]+)")]
    private static partial Regex Mark();

    [GeneratedRegex("^\\* [0-9]+ FETCH \\(UID ([0-9]+)(?: FLAGS \\(([^)]*)\\))?(?: MODSEQ \\(([0-9]+)\\))?\\)$")]
    private static partial Regex Fetch();

    /// <summary>What a mail program keeps of a mailbox over the end of a connection (RFC 7162 §6): flags by UID, and how far it knows.</summary>
    private sealed class Cache(Alice alice)
    {
        private readonly SortedDictionary<uint, string> _flags = [];
        private ImapClient _client = null!;
        private string _validity = "";
        private long _highest;
        private uint _next = 1;

        public static async Task<Cache> StartAsync(Alice alice)
        {
            var cache = new Cache(alice);
            await cache.ConnectAsync();
            var lines = await cache._client.SendAsync("SELECT INBOX");
            (cache._validity, cache._highest) = (Validity(lines), Highest(lines));
            await cache.FetchNewAsync();
            return cache;
        }

        public async Task ActAsync(Random random)
        {
            await SendAsync(Command(random));
            if (random.Next(3) == 0)
            {
                await FetchNewAsync();
            }
        }

        /// <summary>Says something and never hears the answer.</summary>
        public async Task LoseAnswerAsync(Random random) => await _client.SendAsync(Command(random));

        public async Task ReconnectAsync(Random random)
        {
            await _client.CloseAsync();
            await ConnectAsync();
            var known = random.Next(3) == 0 && _next > 1 ? $" 1:{_next - 1}" : "";
            var lines = await _client.SendAsync($"SELECT INBOX (QRESYNC ({_validity} {_highest}{known}))");
            Assert.Equal(_validity, Validity(lines));
            Take(lines, "");
            _highest = Highest(lines);
            await FetchNewAsync();
        }

        public void AssertIs(Alice truth)
            => Assert.Equal(
                truth.Account.Open(truth.Account.Find("INBOX")!.Id).Entries.Select(static e => $"{e.Uid} {string.Join(' ', e.Flags.Order(StringComparer.Ordinal))}"),
                _flags.Select(static f => $"{f.Key} {f.Value}"));

        private async Task FetchNewAsync()
        {
            var lines = await _client.SendAsync($"UID FETCH {_next}:* (FLAGS MODSEQ)");
            _next = lines.Select(static l => Fetch().Match(l)).Where(static m => m.Success).Select(static m => uint.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) + 1).Append(_next).Max();
            Take(lines, "");
            TakeMark(lines);
        }

        private async Task ConnectAsync()
        {
            _client = await ImapClient.LoggedInAsync(alice, null);
            await _client.SendAsync("ENABLE QRESYNC");
        }

        private string Command(Random random)
        {
            var uid = _flags.Count > 0 ? _flags.Keys.ElementAt(random.Next(_flags.Count)) : 0;
            return random.Next(uid > 0 ? 13 : 2) switch
            {
                0 => "NOOP",
                1 => "APPEND INBOX {7+}\r\na: b\r\n\n",
                2 => $"UID STORE {uid} +FLAGS (\\Deleted)",
                3 => "STORE 1 +FLAGS.SILENT (\\Answered)",
                4 => $"UID STORE {uid} FLAGS (\\Seen $k{random.Next(4)})",
                5 => "EXPUNGE",
                6 => $"UID EXPUNGE {uid}",
                7 => $"UID COPY {uid} INBOX",
                8 => $"UID MOVE {uid} Archive",
                9 => $"UID STORE 1:* (UNCHANGEDSINCE {_highest}) -FLAGS.SILENT (\\Deleted)",
                10 => "SEARCH UNSEEN",
                11 => "FETCH 1:* (FLAGS)",
                _ => $"STORE 1:* (UNCHANGEDSINCE {_highest}) +FLAGS (\\Flagged)",
            };
        }

        private async Task SendAsync(string command)
        {
            var lines = await _client.SendAsync(command);
            Assert.Matches("^(OK|NO \\[(EXPUNGEISSUED|MODIFIED)|BAD Message sequence number)", lines[^1]);
            Take(lines, command);
            TakeMark(lines);
        }

        private void TakeMark(string[] lines)
        {
            // The mark moves at the end of a command only; HIGHESTMODSEQ counts for more than what FETCH said (RFC 7162 §6).
            if (lines.Any(static l => Mark().IsMatch(l)))
            {
                _highest = Highest(lines);
            }
            else
            {
                _highest = lines.Select(static l => Fetch().Match(l)).Where(static m => m.Groups[3].Success)
                    .Select(static m => long.Parse(m.Groups[3].Value, CultureInfo.InvariantCulture)).Append(_highest).Max();
            }
        }

        private void Take(string[] lines, string command)
        {
            foreach (var line in lines)
            {
                if (line.StartsWith("* VANISHED ", StringComparison.Ordinal))
                {
                    foreach (var range in line[(line.LastIndexOf(' ') + 1)..].Split(','))
                    {
                        var ends = range.Split(':').Select(static n => uint.Parse(n, CultureInfo.InvariantCulture)).ToArray();
                        foreach (var uid in _flags.Keys.Where(u => u >= ends[0] && u <= ends[^1]).ToList())
                        {
                            _flags.Remove(uid);
                        }
                    }
                }
                else if (Fetch().Match(line) is { Success: true } fetch && uint.Parse(fetch.Groups[1].Value, CultureInfo.InvariantCulture) is var uid && uid < _next)
                {
                    // A mod-sequence alone says that the flags are what the silent command asked for.
                    var flags = fetch.Groups[2].Success ? fetch.Groups[2].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : Silently(command, _flags[uid].Split(' ', StringSplitOptions.RemoveEmptyEntries));
                    _flags[uid] = string.Join(' ', flags.Where(static flag => flag != "\\Recent").Order(StringComparer.Ordinal));   // which is the session's, not the message's
                }

                Assert.DoesNotContain("EXPUNGE", line.StartsWith('*') ? line : "", StringComparison.Ordinal);
            }
        }

        private static IEnumerable<string> Silently(string command, string[] flags)
        {
            var change = Regex.Match(command, "([+-])FLAGS.SILENT \\(([^)]*)\\)");
            Assert.True(change.Success, command);
            return change.Groups[1].Value == "+" ? flags.Append(change.Groups[2].Value).Distinct() : flags.Where(f => f != change.Groups[2].Value);
        }
    }
}
