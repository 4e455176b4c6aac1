using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Bitmask.Sqlite;

namespace Bitmask.Imap.Tests.Session;

/// <summary>
/// Files at rest with a flipped bit, cut off, or exchanged: a client is told, or gets another message than the damaged one, and never an
/// octet that was not filed. More of it: BITMASK_DAMAGE_ROUNDS.
/// </summary>
public sealed partial class DamageTests : IDisposable
{
    private const int Mails = 12;
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("BITMASK_DAMAGE_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : 120;

    private readonly DirectoryInfo _copies = Directory.CreateTempSubdirectory("bitmask-");
    private readonly List<byte[]> _mails = [.. Enumerable.Range(1, Mails).Select(Mail)];
    private DirectoryInfo? _home;

    public void Dispose()
    {
        _copies.Delete(recursive: true);
        _home?.Delete(recursive: true);
    }

    [Fact]
    public async Task FlippedBit_Anywhere_IsNeverShownToAClient()
    {
        await FillAsync();
        var random = new Random(1);
        var served = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var copy = Copy(round);
            var file = Pick(copy, random);
            using (var octets = file.Open(FileMode.Open))
            {
                var at = random.NextInt64(octets.Length);
                octets.Position = at;
                var octet = octets.ReadByte();
                octets.Position = at;
                octets.WriteByte((byte)(octet ^ (1 << random.Next(8))));
            }

            served += await ServeAsync(copy, $"round {round}, {file.Name}");
        }

        // Most flips hurt one page: the test would prove little if nothing were served any more.
        Assert.InRange(served, Rounds, Rounds * Mails);
    }

    [Fact]
    public async Task File_CutOff_IsNeverShownToAClient()
    {
        await FillAsync();
        var random = new Random(2);
        for (var round = 0; round < Rounds / 4; round++)
        {
            var copy = Copy(round);
            var file = Pick(copy, random);
            using (var octets = file.Open(FileMode.Open))
            {
                octets.SetLength(random.NextInt64(octets.Length));
            }

            await ServeAsync(copy, $"round {round}, {file.Name}");
        }
    }

    [Fact]
    public async Task BlobFiles_Exchanged_AreNeverShownForEachOther()
    {
        await FillAsync();
        var copy = Copy(0);
        var blobs = copy.EnumerateFiles("*", SearchOption.AllDirectories).Where(static file => file.DirectoryName!.EndsWith("blobs.d", StringComparison.Ordinal)).OrderBy(static file => file.Name).ToList();
        Assert.True(blobs.Count >= 2);
        File.Move(blobs[0].FullName, blobs[0].FullName + ".away");
        File.Move(blobs[1].FullName, blobs[0].FullName);
        File.Move(blobs[0].FullName + ".away", blobs[1].FullName);
        Assert.Equal(Mails - 2, await ServeAsync(copy, "exchanged"));
    }

    /// <summary>Small mails, mails with parts of their own, and two with a blob each.</summary>
    private static byte[] Mail(int number)
    {
        var noise = Convert.ToBase64String(SHA512.HashData(BitConverter.GetBytes(number)));
        var lines = number % 6 == 0 ? 4000 : number % 3 == 0 ? 300 : 3;
        return Encoding.ASCII.GetBytes(
            $"From: n{number}@red.test\r\nSubject: mail {number} {noise[..20]}\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ntext {noise}\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n"
            + string.Concat(Enumerable.Repeat(noise + "\r\n", lines)) + "--x--\r\n");
    }

    private async Task FillAsync()
    {
        var alice = await Alice.WithMailAsync(0);
        var inbox = alice.Account.Find("INBOX")!.Id;
        foreach (var mail in _mails)
        {
            await alice.Account.AppendAsync(inbox, mail, []);
        }

        await alice.Account.Index.CatchUpAsync();
        _home = alice.Leave();
    }

    private DirectoryInfo Copy(int number)
    {
        var copy = _copies.CreateSubdirectory(number.ToString(CultureInfo.InvariantCulture));
        foreach (var file in _home!.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy.FullName, Path.GetRelativePath(_home.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            file.CopyTo(target);
        }

        return copy;
    }

    /// <summary>One of the files, most often the store.</summary>
    private static FileInfo Pick(DirectoryInfo folder, Random random)
    {
        var files = folder.EnumerateFiles("*", SearchOption.AllDirectories).Where(static file => file.Length > 0).OrderBy(static file => file.FullName, StringComparer.Ordinal).ToList();
        return random.Next(3) == 0 ? files[random.Next(files.Count)] : files.MaxBy(static file => file.Name == "store.db" ? 1 : 0)!;
    }

    /// <summary>Asks for every message by itself, as a client does; returns how many came.</summary>
    private async Task<int> ServeAsync(DirectoryInfo folder, string what)
    {
        Alice alice;
        try
        {
            alice = Alice.Open(folder);
        }
        catch (DatabaseException)
        {
            return 0;   // told at the door: nothing is served
        }

        using (alice)
        {
            var client = await ImapClient.LoggedInAsync(alice, null);
            await client.WriteAsync("s SELECT INBOX\r\n");
            var came = 0;
            for (var uid = 0; uid <= Mails; uid++)
            {
                var tag = uid == 0 ? "s " : $"f{uid} ";
                if (uid > 0)
                {
                    await client.WriteAsync($"{tag}UID FETCH {uid} (UID BODY.PEEK[])\r\n");
                }

                for (var line = await client.ReadAsync(); !(line ?? tag).StartsWith(tag, StringComparison.Ordinal); line = await client.ReadAsync())
                {
                    // A session that can not go on says so, and ends.
                    if (Literal().Match(line!) is { Success: true } match)
                    {
                        Assert.Equal(uid, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
                        var octets = await client.ReadAsync(int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
                        Assert.True(octets.AsSpan().SequenceEqual(_mails[uid - 1]), $"Another message was shown: {what}");
                        came++;
                    }
                }
            }

            return came;
        }
    }

    [GeneratedRegex("FETCH \\(UID ([0-9]+) BODY\\[\\] \\{([0-9]+)\\}$")]
    private static partial Regex Literal();
}
