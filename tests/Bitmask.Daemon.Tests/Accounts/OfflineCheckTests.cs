using System.Text.Json;
using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>Looking through a database while no daemon runs, also one that none can open any more.</summary>
public sealed class OfflineCheckTests(Town town) : AccountTest(town)
{
    private const int PageOctets = 4096;

    [Fact]
    public async Task Check_OfASoundDatabase_SaysSo_AndOnlyWhileNoDaemonRuns()
    {
        Assert.Equal((2, "already-running"), await RefusedAsync(Address, Device.Passphrase));
        await First.StopAsync();

        Assert.Equal((2, "wrong-passphrase"), await RefusedAsync(Address, "wrong"));
        Assert.Equal((2, "unknown-account"), await RefusedAsync("nobody@red.test", Device.Passphrase));
        Assert.Equal((2, "bad-request"), await RefusedAsync("nobody", Device.Passphrase));
        var (code, answer) = await CheckAsync();
        Assert.Equal((0, Address), (code, answer.Address));
        Assert.Empty(answer.Faults);
        await First.StartAsync(); // it has let go of the lock
    }

    [Theory]
    [InlineData(0)] // nothing opens without it
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Check_OfADamagedPage_SaysWhichOrThatNothingOpens_AndTouchesNothing(int page)
    {
        await First.StopAsync();
        var path = Directory.EnumerateFiles(First.Paths.Accounts, "soledad.db", SearchOption.AllDirectories).Single();
        var octets = await File.ReadAllBytesAsync(path);
        var place = (page < 0 ? (octets.Length / PageOctets) + page : page) * PageOctets;
        Array.Fill(octets, (byte)0x5a, place + 100, 64);
        await File.WriteAllBytesAsync(path, octets);

        var (code, answer) = await CheckAsync("--repair");

        Assert.Equal((1, null), (code, answer.Repaired));
        Assert.NotEmpty(answer.Faults);
        Assert.Contains(answer.Faults, fault => fault.Contains(page == 0 ? "does not open" : "page", StringComparison.OrdinalIgnoreCase) || fault.Contains("damaged", StringComparison.Ordinal));
        Assert.Equal(octets[place..(place + PageOctets)], (await File.ReadAllBytesAsync(path))[place..(place + PageOctets)]);
    }

    /// <summary>Half of the database is noise: what was here comes out of the rest and from the provider, and nothing is missing afterwards.</summary>
    [Fact]
    public async Task Salvage_OfARuinedDatabase_ThenASync_BringsEveryMailBack()
    {
        const int Mails = 12;
        for (var i = 0; i < Mails; i++)
        {
            await Town.DeliverAsync(Address, $"mail {i}", $"Content-Type: text/plain\r\n\r\n{new string((char)('a' + i), 3000 * i)}\r\n");
        }

        await First.InboxAsync(Address, Mails);
        await Device.UntilAsync(async () => (await First.StatusAsync(Address)).Sync == "idle", "everything at the provider");
        var before = Subjects(await Vault.TruthAsync(First, Address));
        await First.StopAsync();
        var path = Directory.EnumerateFiles(First.Paths.Accounts, "soledad.db", SearchOption.AllDirectories).Single();
        await RuinAsync(path);

        var (code, answer) = await CheckAsync("--salvage");

        Assert.Equal(0, code);
        Assert.Empty(answer.Faults);
        Assert.NotNull(answer.Salvaged);
        Assert.True(answer.Salvaged.LostDocuments > 0, "The test has not damaged enough.");
        Assert.True(File.Exists(Path.Combine(answer.Salvaged.KeptAside, "soledad.db")));
        await First.StartAsync();
        await First.GoOnlineAsync(Address);
        await First.InboxAsync(Address, Mails);
        Assert.Equal(before, Subjects(await Vault.TruthAsync(First, Address)));
        await First.GoOnlineAsync(Address);
        await Town.DeliverAsync(Address, "after all");
        await First.InboxAsync(Address, Mails + 1);
        await First.StopAsync();
        Assert.Empty((await CheckAsync()).Answer.Faults);

        // The UIDs of what was lost are others.
        static List<string> Subjects(Truth truth) => [.. truth.Inbox.Select(static mail => mail[(mail.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Order(StringComparer.Ordinal)];
    }

    /// <summary>Noise over every second page of the documents; what holds the keys stays.</summary>
    private async Task RuinAsync(string path)
    {
        List<int> pages;
        using (var vault = Vault.Open(First, Address))
        {
            pages = vault.Store.Read(static reader => reader.Sql.Query("SELECT pageno FROM dbstat WHERE name = 'document' AND pagetype <> 'internal' ORDER BY pageno", static row => row.GetInt32(0)));
        }

        var octets = await File.ReadAllBytesAsync(path);
        var chance = new Random(1);
        foreach (var page in pages.Where(static (_, i) => i % 2 == 0).Append(1))
        {
            chance.NextBytes(octets.AsSpan((page - 1) * PageOctets, PageOctets));
        }

        await File.WriteAllBytesAsync(path, octets);
    }

    private async Task<(int Code, StoreChecked Answer)> CheckAsync(params string[] options)
    {
        var (code, text) = await RunAsync(Address, Device.Passphrase, options);
        return (code, JsonSerializer.Deserialize(text, DaemonApiJson.Default.StoreChecked)!);
    }

    private async Task<(int Code, string Error)> RefusedAsync(string address, string passphrase)
    {
        var (code, text) = await RunAsync(address, passphrase);
        return (code, JsonSerializer.Deserialize(text, DaemonApiJson.Default.DaemonError)!.Code);
    }

    private async Task<(int Code, string Text)> RunAsync(string address, string passphrase, params string[] options)
    {
        using var output = new StringWriter();
        var code = await OfflineCommand.RunAsync([OfflineCommand.Name, address, .. options], First.Paths, new StringReader(passphrase + "\n"), output, TimeProvider.System, TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }
}
