using System.Globalization;
using System.Text.RegularExpressions;

namespace Bitmask.Imap.Tests.Session;

/// <summary>Several clients act at random on one mailbox; each keeps its own count and must never disagree with the server.</summary>
public sealed partial class ManyClientsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task RandomActs_OfThreeClients_KeepEveryCountRight(int seed)
    {
        using var alice = await Alice.WithMailAsync(3);
        var clients = new List<Counting>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await Counting.StartAsync(alice));
        }

        var random = new Random(seed);
        for (var act = 0; act < 200; act++)
        {
            var client = clients[random.Next(clients.Count)];
            await client.ActAsync(random);
        }

        foreach (var client in clients)
        {
            await client.SendAsync("NOOP");
            await client.CheckAsync();
        }

        Assert.Equal(alice.Account.Open(alice.Account.Find("INBOX")!.Id).Entries.Select(static e => e.Uid.Value), clients[0].Known);
    }

    /// <summary>A client that believes what it is told: sequence number → UID, 0 for a UID it has not heard yet.</summary>
    private sealed partial class Counting(ImapClient client)
    {
        private readonly List<uint> _uids = [];

        public IEnumerable<uint> Known => _uids;

        public static async Task<Counting> StartAsync(Alice alice)
        {
            var counting = new Counting(await ImapClient.LoggedInAsync(alice, null));
            await counting.SendAsync("SELECT INBOX");
            await counting.CheckAsync();
            return counting;
        }

        public Task ActAsync(Random random)
        {
            var n = _uids.Count > 0 ? random.Next(_uids.Count) + 1 : 0;
            return random.Next(n > 0 && _uids[n - 1] > 0 ? 11 : 2) switch
            {
                0 => SendAsync("NOOP"),
                1 => SendAsync("APPEND INBOX {7+}\r\na: b\r\n\n"),
                2 => SendAsync($"STORE {n} +FLAGS (\\Deleted)"),
                3 => SendAsync($"STORE {n} -FLAGS.SILENT (\\Deleted)"),
                4 => SendAsync($"UID STORE {_uids[n - 1]} FLAGS (\\Seen $k{random.Next(4)})"),
                5 => SendAsync("EXPUNGE"),
                6 => SendAsync($"UID EXPUNGE {_uids[n - 1]}"),
                7 => SendAsync($"COPY {n} INBOX"),
                8 => SendAsync($"MOVE {n} Archive"),
                9 => SendAsync("SEARCH UNSEEN"),
                _ => CheckAsync(),
            };
        }

        /// <summary>Asks for all UIDs by number and compares them with what is believed.</summary>
        public async Task CheckAsync()
        {
            var seen = new List<uint>();
            foreach (var line in await SendAsync("FETCH 1:* (UID FLAGS)"))
            {
                if (Uid().Match(line) is { Success: true } match && line.StartsWith($"* {seen.Count + 1} FETCH", StringComparison.Ordinal))
                {
                    seen.Add(uint.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
                }
            }

            // What the answer's own EXISTS added was not there when it was asked.
            Assert.Equal(seen, _uids.Take(seen.Count));
            Assert.All(_uids.Skip(seen.Count), static uid => Assert.Equal(0u, uid));
        }

        public async Task<string[]> SendAsync(string command)
        {
            var byNumber = Regex.IsMatch(command, "^(FETCH|STORE|SEARCH)");
            var lines = await client.SendAsync(command);
            Assert.Matches("^(OK|NO \\[EXPUNGEISSUED\\])", lines[^1]);
            foreach (var line in lines)
            {
                if (Response().Match(line) is { Success: true } match)
                {
                    Assert.False(byNumber && match.Groups[2].Value == "EXPUNGE", $"EXPUNGE in {command}");
                    Take(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value, line);
                }
            }

            return lines;
        }

        private void Take(int number, string what, string line)
        {
            switch (what)
            {
                case "EXISTS":
                    Assert.True(number >= _uids.Count, "EXISTS must not shrink the mailbox");
                    _uids.AddRange(Enumerable.Repeat(0u, number - _uids.Count));
                    break;
                case "EXPUNGE":
                    Assert.InRange(number, 1, _uids.Count);
                    _uids.RemoveAt(number - 1);
                    break;
                default:
                    Assert.InRange(number, 1, _uids.Count);
                    if (Uid().Match(line) is { Success: true } match)
                    {
                        var uid = uint.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
                        Assert.Contains(_uids[number - 1], new[] { 0u, uid });
                        _uids[number - 1] = uid;
                    }
                    break;
            }
        }

        [GeneratedRegex("^\\* ([0-9]+) (EXISTS|EXPUNGE|FETCH)")]
        private static partial Regex Response();

        [GeneratedRegex("UID ([0-9]+)")]
        private static partial Regex Uid();
    }
}
