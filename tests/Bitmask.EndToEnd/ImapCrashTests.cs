using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using MailKit;
using MailKit.Search;
using MimeKit;

namespace Bitmask.EndToEnd;

/// <summary>
/// The daemon is killed (SIGKILL) while four connections append, append many at once, move, and flag hundreds of messages. What was answered with OK
/// is there afterwards, under the same UID; several appended at once are there all or not at all; what was moved is in one place. More of it: BITMASK_KILLS.
/// </summary>
public sealed class ImapCrashTests(SmallWorld world) : WorldTest(world), IClassFixture<SmallWorld>
{
    private const int Seed = 20261130;
    private const int Together = 5;
    private const int Movers = 20;
    private const int Flagged = 150;
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("BITMASK_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 8;

    private readonly ConcurrentDictionary<uint, string> _appended = [];
    private readonly ConcurrentQueue<string> _groups = [];
    private readonly HashSet<string> _keywords = [];
    private int _answers;

    [Fact]
    public async Task Kills_UnderLoad_LoseNothingThatWasAnswered()
    {
        var random = new Random(Seed);
        await PrepareAsync();
        for (var round = 0; round < Kills; round++)
        {
            Task[] work =
            [
                AppendAsync(round), AppendTogetherAsync(round), MoveAsync(random.Next()), FlagAsync(round),
            ];
            await AnsweredAsync(random.Next(4, 60), work);
            await Killing.KillAfterAsync(World.FirstDevice, TimeSpan.FromMilliseconds(random.Next(0, 30)));
            await Task.WhenAll(work);
            await Killing.StartAgainAsync(World, World.FirstDevice);
            await CompareAsync();
        }

        Assert.True(!_appended.IsEmpty && !_groups.IsEmpty && _keywords.Count > 0, $"Hardly anything was answered; seed {Seed}.");
        foreach (var what in new[] { "mail", "store" })
        {
            Assert.Contains("all is well", (await World.CtlAsync(World.FirstDevice, [what, "check", World.Alice.Address])).Succeeded().Text, StringComparison.Ordinal);
        }
    }

    private async Task PrepareAsync()
    {
        using var client = await ConnectAsync();
        var root = client.GetFolder(client.PersonalNamespaces[0]);
        foreach (var name in new[] { "Single", "Groups", "Left", "Right", "Flags" })
        {
            await root.CreateAsync(name, isMessageFolder: true);
        }

        await AppendAllAsync(client, "Left", Enumerable.Range(0, Movers).Select(i => $"mover {i}"));
        await AppendAllAsync(client, "Flags", Enumerable.Range(0, Flagged).Select(i => $"flag {i}"));
    }

    /// <summary>Waits until so many more commands were answered: then the daemon is in the middle of the next ones.</summary>
    private async Task AnsweredAsync(int more, Task[] work)
    {
        var enough = Volatile.Read(ref _answers) + more;
        while (Volatile.Read(ref _answers) < enough && !work.All(static task => task.IsCompleted))
        {
            await Task.Delay(1);
        }
    }

    private Task AppendAsync(int round) => UntilKilledAsync(async client =>
    {
        var folder = await client.GetFolderAsync("Single");
        for (var i = 0; ; i++)
        {
            var subject = $"single {round} {i}";
            if (await folder.AppendAsync(Message(subject)) is { } uid)
            {
                Assert.True(_appended.TryAdd(uid.Id, subject), $"UID {uid} was given twice.");
            }

            Interlocked.Increment(ref _answers);
        }
    });

    private Task AppendTogetherAsync(int round) => UntilKilledAsync(async client =>
    {
        for (var i = 0; ; i++)
        {
            var group = $"group {round} {i}";
            await AppendAllAsync(client, "Groups", Enumerable.Range(0, Together).Select(_ => group));
            _groups.Enqueue(group);
            Interlocked.Increment(ref _answers);
        }
    });

    private Task MoveAsync(int seed) => UntilKilledAsync(async client =>
    {
        var random = new Random(seed);
        var (here, there) = (await client.GetFolderAsync("Left"), await client.GetFolderAsync("Right"));
        while (true)
        {
            await here.OpenAsync(FolderAccess.ReadWrite);
            var all = await here.SearchAsync(SearchQuery.All);
            if (all.Count > 0)
            {
                await here.MoveToAsync([.. all.Where(_ => random.Next(2) == 0).DefaultIfEmpty(all[0])], there);
            }

            Interlocked.Increment(ref _answers);

            (here, there) = (there, here);
        }
    });

    private Task FlagAsync(int round) => UntilKilledAsync(async client =>
    {
        var folder = await client.GetFolderAsync("Flags");
        await folder.OpenAsync(FolderAccess.ReadWrite);
        for (var i = 0; ; i++)
        {
            var keyword = $"k{round}_{i % 10}";
            await folder.StoreAsync(Enumerable.Range(0, Flagged).ToList(), new StoreFlagsRequest(StoreAction.Add, MessageFlags.None, new HashSet<string> { keyword }) { Silent = true });
            _keywords.Add(keyword);
            Interlocked.Increment(ref _answers);
        }
    });

    private async Task CompareAsync()
    {
        using var client = await ConnectAsync();
        var single = (await SubjectsAsync(client, "Single")).ToDictionary(static message => message.UniqueId.Id, static message => message.Envelope!.Subject!);
        Assert.All(_appended, answered => Assert.Equal(answered.Value, single.GetValueOrDefault(answered.Key)));
        Assert.Equal(single.Count, single.Values.Distinct().Count());
        foreach (var (uid, subject) in single)
        {
            _appended[uid] = subject; // there without an answer: allowed, and from now on a promise, too
        }

        var groups = (await SubjectsAsync(client, "Groups")).CountBy(static message => message.Envelope!.Subject!).ToDictionary();
        Assert.All(groups, static group => Assert.Equal(Together, group.Value));
        Assert.All(_groups, group => Assert.Contains(group, groups.Keys));

        var movers = (await SubjectsAsync(client, "Left")).Concat(await SubjectsAsync(client, "Right")).Select(static message => message.Envelope!.Subject!);
        Assert.Equal(Enumerable.Range(0, Movers).Select(static i => $"mover {i}").Order(StringComparer.Ordinal), movers.Order(StringComparer.Ordinal));

        var flags = await SubjectsAsync(client, "Flags");
        Assert.Equal(Flagged, flags.Count);
        Assert.All(flags, message => Assert.Superset(_keywords, message.Keywords.ToHashSet()));
        Assert.Single(flags.Select(static message => string.Join(' ', message.Keywords.Order(StringComparer.Ordinal))).Distinct());
        await client.DisconnectAsync(quit: true);
    }

    /// <summary>Works until the daemon is gone.</summary>
    private async Task UntilKilledAsync(Func<MailKit.Net.Imap.ImapClient, Task> work)
    {
        try
        {
            using var client = await ConnectAsync();
            await work(client);
        }
        catch (Exception e) when (e is IOException or ProtocolException or System.Net.Sockets.SocketException or ServiceNotConnectedException or OperationCanceledException)
        {
            // Killed.
        }
    }

    private static async Task<IList<IMessageSummary>> SubjectsAsync(MailKit.Net.Imap.ImapClient client, string mailbox)
    {
        var folder = await client.GetFolderAsync(mailbox);
        await folder.OpenAsync(FolderAccess.ReadOnly);
        return await folder.FetchAsync(0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope | MessageSummaryItems.Flags);
    }

    private static async Task AppendAllAsync(MailKit.Net.Imap.ImapClient client, string mailbox, IEnumerable<string> subjects)
        => await (await client.GetFolderAsync(mailbox)).AppendAsync([.. subjects.Select(static subject => new AppendRequest(Message(subject)))]);

    private static MimeMessage Message(string subject)
    {
        var text = $"From: a@red.test\r\nSubject: {subject}\r\nMessage-ID: <{Guid.NewGuid():n}@red.test>\r\n\r\n{subject}\r\n";
        return MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(text)));
    }

    private async Task<MailKit.Net.Imap.ImapClient> ConnectAsync()
    {
        var client = new MailKit.Net.Imap.ImapClient();
        await client.ConnectAsync(World.FirstDevice.Imap.Host, World.FirstDevice.Imap.Port, MailKit.Security.SecureSocketOptions.None);
        await client.AuthenticateAsync(World.Alice.Address, World.TokenOn(World.FirstDevice, World.Alice));
        return client;
    }
}
