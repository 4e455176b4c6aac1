using System.Security.Cryptography;
using System.Text;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Tests.World;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>
/// An account's real database with noise in it: a salvage ends with a store that agrees with itself and has what was readable, or with a clear word and the files as they were.
/// </summary>
public sealed class AccountSalvageTests : IDisposable
{
    private const int PageOctets = 4096;
    private const int Mails = 60;
    private const int Outgoing = 6;

    private static readonly EmailAddress Address = EmailAddress.Parse("alice@red.test");
    private static readonly UserId User = UserId.Parse(new string('a', 32));

    /// <summary>One account for all tests: each works on a copy.</summary>
    private static readonly Lazy<Task<Sample>> Whole = new(MakeAsync);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("bitmask-");
    private readonly AccountDirectory _directory;

    public AccountSalvageTests() => _directory = new AccountDirectory(Device.PathsIn(_home.FullName));

    private string Store => _directory.Database(User);

    public void Dispose() => _home.Delete(recursive: true);

    [Theory]
    [InlineData("document", 1)]
    [InlineData("document", 2)]
    [InlineData("sqlite_autoindex_document_1", 1)]
    [InlineData("transaction_log", 1)]
    [InlineData("sqlite_schema", 1)]
    [InlineData("sqlite_schema", 2)]
    [InlineData("store_identity", 1)]
    [InlineData("setting", 1)]
    [InlineData("mail_outbox", 1)]
    [InlineData("mail_outbox_content", 1)]
    [InlineData("mail_outbox_recipient", 1)]
    [InlineData("mail_uid", 1)]
    [InlineData("mail_mailbox_uid", 1)]
    [InlineData("mail_device", 1)]
    [InlineData("mail_change", 1)]
    [InlineData("mail_owed", 1)]
    [InlineData("client_token", 1)]
    [InlineData("mail_search_grams_data", 1)]
    public async Task NoiseInATable_IsSalvagedOrRefused(string table, int seed)
    {
        var sample = await CopyAsync();
        var chance = new Random(seed);
        var pages = sample.Pages[table];
        await DamageAsync(Store, Enumerable.Range(0, seed).Select(_ => pages[chance.Next(pages.Count)]), chance);

        await CheckSalvageAsync(sample);
    }

    [Fact]
    public async Task FirstPageLost_EverythingIsThere()
    {
        var sample = await CopyAsync();
        await DamageAsync(Store, [1], new Random(1));

        var (done, _) = await SalvageAsync(sample);

        Assert.Equal((1, 0), (done!.DamagedPages, done.LostDocuments));
        await OpenAsync(sample, (store, mail) =>
        {
            Assert.Equal(sample.Documents, Documents(store));
            Assert.Equal(sample.Outbox, Outbox(mail));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task OnlyAProjectionIsLost_NothingElseChanges_NotEvenUids()
    {
        var sample = await CopyAsync();
        await DamageAsync(Store, sample.Pages["mail_entry"].Concat(sample.Pages["mail_head"]), new Random(1));

        var (done, _) = await SalvageAsync(sample);

        Assert.Empty(done!.Lost);
        await OpenAsync(sample, (store, mail) =>
        {
            Assert.Equal(sample.Documents, Documents(store));
            Assert.Equal(sample.Inbox, Inbox(mail));
            return Task.CompletedTask;
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task NoiseAnywhere_OrACutFile_IsSalvagedOrRefused(int seed)
    {
        var sample = await CopyAsync();
        var chance = new Random(seed);
        var pages = new FileInfo(Store).Length / PageOctets;
        if (seed % 3 == 0)
        {
            using var file = new FileStream(Store, FileMode.Open);
            file.SetLength(chance.NextInt64(PageOctets, file.Length));
        }
        else
        {
            await DamageAsync(Store, Enumerable.Range(0, chance.Next(1, 30)).Select(_ => (int)chance.NextInt64(2, pages + 1)), chance);
        }

        await CheckSalvageAsync(sample);
    }

    [Fact]
    public async Task BlobsDamaged_WhatTheProviderHasIsFetchedAgain_AndWhatItHasNotIsTold()
    {
        var sample = await CopyAsync();
        var path = _directory.Blobs(User);
        var pages = new FileInfo(path).Length / PageOctets;
        await DamageAsync(path, Enumerable.Range((int)pages / 2, 3), new Random(1));

        var (done, _) = await SalvageAsync(sample);

        Assert.Equal(0, done!.Documents); // the store itself was sound
        Assert.Contains(done.Lost, static line => line.Contains("large parts", StringComparison.Ordinal));
        using var blobs = BlobStore.Open(path, sample.Key);
        Assert.Empty(blobs.CheckIntegrity());
        Assert.InRange(blobs.Counts().Local, 1, sample.Blobs - 1);
        Assert.Equal(blobs.Counts().Local, blobs.Counts().Uploads);
    }

    [Fact]
    public async Task SoundFiles_AreLeftAlone()
    {
        var sample = await CopyAsync();
        Assert.Null((await SalvageAsync(sample)).Done);
    }

    [Fact]
    public async Task EndedBetweenReadyAndInPlace_IsFinishedByWhoeverComesNext()
    {
        var sample = await CopyAsync();
        await DamageAsync(Store, [1], new Random(1));
        var before = SHA256.HashData(await File.ReadAllBytesAsync(Store));
        var (done, _) = await SalvageAsync(sample);

        // As if it had ended just then: the new file is still where it was made, the old one in its place.
        var building = Path.Combine(_directory.FolderOf(User), "salvage");
        Directory.CreateDirectory(building);
        File.Move(Store, Path.Combine(building, "soledad.db"));
        File.Move(Path.Combine(done!.KeptAside, "soledad.db"), Store);
        await File.WriteAllTextAsync(Path.Combine(building, "ready"), "damaged-again");
        SalvageSwap.FinishPending(_directory.FolderOf(User));

        Assert.False(Directory.Exists(building));
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(_directory.FolderOf(User), "damaged-again", "soledad.db"))));
        await OpenAsync(sample, (store, _) =>
        {
            Assert.Equal(sample.Documents, Documents(store));
            return Task.CompletedTask;
        });
    }

    private async Task CheckSalvageAsync(Sample sample)
    {
        var damaged = await File.ReadAllBytesAsync(Store);
        var (done, refused) = await SalvageAsync(sample);
        if (refused is not null)
        {
            Assert.Equal("not-salvageable", refused.Code);
            Assert.Equal(damaged, await File.ReadAllBytesAsync(Store));
            Assert.False(Directory.Exists(Path.Combine(_directory.FolderOf(User), "salvage")));
            return;
        }

        Assert.Equal(damaged, await File.ReadAllBytesAsync(Path.Combine(done!.KeptAside, "soledad.db")));
        await OpenAsync(sample, (store, mail) =>
        {
            var documents = Documents(store);
            Assert.Empty(documents.Except(sample.Documents));
            Assert.True(documents.Count == sample.Documents.Count || done.Lost.Count > 0, "Documents are missing, and nobody says so.");
            var outbox = Outbox(mail);
            Assert.Empty(outbox.Except(sample.Outbox));
            Assert.True(outbox.Count == sample.Outbox.Count || done.Lost.Any(static line => line.Contains("outbox", StringComparison.Ordinal) || line.Contains("waited to be sent", StringComparison.Ordinal)), "Mail that waited is missing, and nobody says so.");
            return Task.CompletedTask;
        });
    }

    private async Task<(StoreSalvaged? Done, DaemonException? Refused)> SalvageAsync(Sample sample)
    {
        try
        {
            return (await new AccountSalvage(_directory, User, Address, sample.Key, TimeProvider.System).RunAsync(TestContext.Current.CancellationToken), null);
        }
        catch (DaemonException refused)
        {
            return (null, refused);
        }
    }

    /// <summary>Opens the store as the daemon does; whatever was lost, it agrees with itself.</summary>
    private async Task OpenAsync(Sample sample, Func<SoledadStore, MailAccount, Task> look)
    {
        var (store, projection) = AccountStore.Open(Store, sample.Key, TimeProvider.System);
        using (store)
        {
            using var keyset = AccountKeys.Open(store, User);
            using var mail = new MailAccount(store, projection, new MailAccountOptions { Address = Address, DigestKey = keyset.DigestKey, Clock = TimeProvider.System });
            Assert.Empty(StoreCheck.Compare(store));
            Assert.Empty(MailCheck.Compare(store));
            Assert.NotEqual(sample.Replica, store.ReplicaUid);
            await look(store, mail);
        }
    }

    private async Task<Sample> CopyAsync()
    {
        var sample = await Whole.Value;
        _directory.MakeFolder(User);
        foreach (var (name, octets) in sample.Files)
        {
            var path = Path.Combine(_directory.FolderOf(User), name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, octets);
        }

        return sample;
    }

    private static async Task DamageAsync(string path, IEnumerable<int> pages, Random chance)
    {
        var octets = await File.ReadAllBytesAsync(path);
        foreach (var page in pages)
        {
            chance.NextBytes(octets.AsSpan((page - 1) * PageOctets, PageOctets));
        }

        await File.WriteAllBytesAsync(path, octets);
    }

    private static List<string> Documents(SoledadStore store)
        => store.Read(static reader => reader.Sql.Query("SELECT doc_id, json FROM document ORDER BY doc_id", static row => row.GetText(0) + " " + row.GetTextOrNull(1)));

    private static List<string> Outbox(MailAccount mail)
        => [.. mail.Outbox.All().Select(item => $"{item.Id} {string.Join(' ', item.Recipients.Select(static one => one.Address.Canonical))} {Encoding.UTF8.GetString(mail.Outbox.Content(item.Id).Span)}")];

    private static List<string> Inbox(MailAccount mail) => [.. mail.Open(mail.Find("INBOX")!.Id).Entries.Select(static entry => $"{entry.Uid} {entry.Id} {string.Join(',', entry.Flags.Order())}")];

    private static async Task<Sample> MakeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        try
        {
            var key = SecretBytes.Random(Database.KeyOctets);
            var path = Path.Combine(folder.FullName, "soledad.db");
            using var root = SecretBytes.Random(KeysetRecord.RootOctets);
            using var keyset = Keyset.Create(new string('c', 64), DateTimeOffset.UnixEpoch);
            using var master = MasterKey.Derive("x", new byte[16], KdfProfile.A1);
            var record = KeysetRecord.Seal(keyset, root, User, [KeysetRecord.SealRoot(root, master, User)]);
            var blobCount = 0;
            using (var blobs = BlobStore.Open(Path.Combine(folder.FullName, "blobs.db"), key))
            {
                for (; blobCount < 12; blobCount++)
                {
                    await blobs.PutAsync(new MemoryStream(RandomNumberGenerator.GetBytes(20_000)), BlobPriority.Medium);
                }
            }

            BlobStore.Open(Path.Combine(folder.FullName, "blobs.db"), key).Dispose(); // the salt is kept at the second opening
            var (store, projection) = AccountStore.Open(path, key, TimeProvider.System);
            using (store)
            {
                await store.WriteAsync(tx => AccountKeys.Save(tx, root, record));
                using var mail = new MailAccount(store, projection, new MailAccountOptions { Address = Address, DigestKey = keyset.DigestKey, Clock = TimeProvider.System });
                await mail.CreateStandardMailboxesAsync();
                for (var i = 0; i < Mails; i++)
                {
                    var raw = Encoding.UTF8.GetBytes($"Subject: mail {i}\r\nMessage-ID: <{i}@red.test>\r\n\r\n{new string('x', i % 10 == 0 ? 30_000 : i)}\r\n");
                    await store.WriteAsync(tx => mail.FileNotice(tx, raw));
                    if (i < Outgoing)
                    {
                        await mail.Outbox.AddAsync(Address, [EmailAddress.Parse($"bob{i}@blue.test"), EmailAddress.Parse("carol@blue.test")], raw);
                    }
                }

                var inbox = mail.Find("INBOX")!.Id;
                var uids = mail.Open(inbox).Entries.Select(static entry => entry.Uid).ToList();
                await mail.ChangeFlagsAsync(inbox, uids[..20], FlagChange.Add, ["\\Seen"]);
                await mail.ExpungeAsync(inbox, []);
                await mail.WriteOwedAsync();
            }

            (store, projection) = AccountStore.Open(path, key, TimeProvider.System);
            Sample sample;
            using (store)
            {
                using var mail = new MailAccount(store, projection, new MailAccountOptions { Address = Address, DigestKey = keyset.DigestKey, Clock = TimeProvider.System });
                var pages = store.Read(static reader => reader.Sql.Query("SELECT name, pageno FROM dbstat", static row => (Name: row.GetText(0), Page: row.GetInt32(1))))
                    .GroupBy(static page => page.Name, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Select(static page => page.Page).ToList());
                sample = new Sample(key, new Dictionary<string, byte[]>(), pages, Documents(store), Outbox(mail), Inbox(mail), store.ReplicaUid, blobCount);
            }

            var files = Directory.EnumerateFiles(folder.FullName, "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith(".lock", StringComparison.Ordinal))
                .ToDictionary(file => Path.GetRelativePath(folder.FullName, file), File.ReadAllBytes);
            return sample with { Files = files };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Sample(
        SecretBytes Key, IReadOnlyDictionary<string, byte[]> Files, IReadOnlyDictionary<string, List<int>> Pages, IReadOnlyList<string> Documents, IReadOnlyList<string> Outbox, IReadOnlyList<string> Inbox,
        string Replica, int Blobs);
}
