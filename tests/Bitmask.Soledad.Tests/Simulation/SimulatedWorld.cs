using System.Globalization;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Soledad.Tests.Sync;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Soledad.Tests.Simulation;

/// <summary>
/// Some devices, one provider, and everything that can happen to them, drawn from one seed: the same seed makes the same schedule.
/// </summary>
internal sealed class SimulatedWorld : IDisposable
{
    private const int MaxDevices = 5;

    private static readonly Uri Soledad = new("https://soledad.test");

    // In memory where there is such a place: a simulation commits thousands of times and no power cut is part of it.
    private readonly DirectoryInfo _folder = Directory.Exists("/dev/shm") ? Directory.CreateDirectory($"/dev/shm/bitmask-{Guid.NewGuid():n}") : Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(32);
    private readonly Keyset _keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<SimulatedDevice> _devices = [];
    private readonly List<(string Path, string Of)> _copies = [];
    private readonly List<Action> _backups = [];
    private readonly FakeProvider _provider = new();
    private readonly FaultyLine _line;
    private readonly Random _random;
    private readonly bool _hasQuery;
    private readonly bool _isRough;

    // What must not be missing at the end.
    private readonly HashSet<string> _written = [];
    private readonly HashSet<string> _archived = [];
    private readonly HashSet<string> _deleted = [];
    private HashSet<string> _frozen = [];
    private int _numbers;

    public SimulatedWorld(int seed)
    {
        _random = new Random(seed);
        _line = new FaultyLine(_provider);
        _hasQuery = _random.Next(2) == 0;
        _isRough = seed % 3 != 0;
        for (var count = 2 + _random.Next(2); count > 0; count--)
        {
            Add();
        }
    }

    public List<string> Schedule { get; } = [];

    /// <summary>One act after another.</summary>
    public async Task RunAsync(int acts)
    {
        for (var act = 0; act < acts; act++)
        {
            await ActAsync();
        }
    }

    /// <summary>From now on nobody writes documents that everybody has deleted, so that nothing may bring them back.</summary>
    public void FreezeDeleted()
    {
        _frozen = [.. SimulatedDocuments.Ids.Where(id => _devices.All(device => device.Store.Read(reader => reader.Get(id)) is { IsDeleted: true }))];
        _copies.Clear(); // an old copy may hold an edit that was made before the deletion was known
        _backups.RemoveAll(HoldsWhatNobodyKnows);
        Schedule.Add("frozen: " + string.Join(' ', _frozen));
    }

    /// <summary>Of what was lost on all devices a backup may still have an edit that no deletion has seen; it lives when the provider goes back to that.</summary>
    private bool HoldsWhatNobodyKnows(Action backup)
    {
        var now = _provider.Backup();
        backup();
        var holds = AtProvider(new SealedCodec(_keyset, Devices.Alice, _devices[0].Store.DeviceId)).Any(document => _frozen.Contains(document.Id) && !document.IsDeleted
            && !_devices.All(device => Revision.Parse(device.Store.Read(reader => reader.Get(document.Id))!.Rev).IsNewerThan(Revision.Parse(document.Rev))));
        now();
        return holds;
    }

    /// <summary>Honest syncs in turn, then all must be the same and at rest.</summary>
    public async Task SettleAsync()
    {
        Schedule.Add("settle");
        const int MaxTurns = 6;
        for (var turn = 0; ; turn++)
        {
            var moved = 0;
            foreach (var device in _devices)
            {
                _clock.Advance(TimeSpan.FromDays(1));
                var report = await SyncAsync(device, null) ?? throw new InvalidOperationException("An honest sync failed.");
                Assert.True(report.IsComplete || report.Events.Count > 0);
                moved += report.Sent + report.Received + (report.IsComplete ? 0 : 1);
            }

            if (moved == 0)
            {
                break;
            }

            Assert.True(turn < MaxTurns, "The devices never come to rest.");
        }

        // At rest the devices' heads agree, too: nobody suspects an honest provider, not after days.
        foreach (var device in _devices.Concat(_devices))
        {
            _clock.Advance(TimeSpan.FromDays(2));
            Assert.Empty((await SyncAsync(device, null))!.Events);
        }

        await CompareAsync();
    }

    public void Dispose()
    {
        _devices.ForEach(static device => device.Dispose());
        _line.Dispose();
        _provider.Dispose();
        _keyset.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task CompareAsync()
    {
        var buried = _devices[0].Buried();
        var first = Standing(_devices[0].Documents());
        foreach (var device in _devices)
        {
            Assert.Equal(buried, device.Buried());
            Assert.Equal(Texts(first), Texts(Standing(device.Documents())));
            Assert.Empty(device.Conflicts());
            Assert.Empty(device.Store.Read(static reader => reader.Quarantined()));
            HarvestArchive(device);
            var (kept, computed) = await device.DigestsAsync();
            Assert.Equal(computed, kept ?? computed);
        }

        var codec = new SealedCodec(_keyset, Devices.Alice, _devices[0].Store.DeviceId);
        Assert.Equal(Texts(first), Texts(Standing(AtProvider(codec))));
        Assert.Equal([], [.. _frozen.Where(id => first.SingleOrDefault(document => document.Id == id) is { IsDeleted: false })]);

        var known = first.Where(static document => document.Json is not null).SelectMany(static document => SimulatedDocuments.Tokens(document.Json!)).ToHashSet();
        Assert.Equal([], [.. _written.Where(token => !known.Contains(token) && !_archived.Contains(token) && !_deleted.Contains(token))]);

        // A deletion may stand in a grave, at some also beside it.
        IReadOnlyList<Document> Standing(IReadOnlyList<Document> documents)
            => [.. documents.Where(document => !(document.IsDeleted && buried.GetValueOrDefault(document.Id) == document.Rev))];
    }

    private IReadOnlyList<Document> AtProvider(SealedCodec codec) =>
    [
        .. _provider.Documents.Select(entry => codec.Decode(new WireDocument(entry.Key, entry.Value.Version.Revision.ToString(), entry.Value.Version.Json)) switch
        {
            DecodeAnswer.Put put => put.Document,
            DecodeAnswer.Delete delete => delete.Document,
            var other => throw new InvalidOperationException(other.ToString()),
        }).OrderBy(static document => document.Id, StringComparer.Ordinal),
    ];

    private static string Texts(IReadOnlyList<Document> documents) => string.Join('\n', documents.Select(static document => $"{document} {document.Json}"));

    private async Task ActAsync()
    {
        var device = _devices[_random.Next(_devices.Count)];
        switch (_random.Next(_isRough ? 100 : 80))
        {
            case < 38:
                await WriteAsync(device);
                break;
            case < 48:
                await DeleteAsync(device);
                break;
            case < 66:
                await SyncAsync(device, null);
                break;
            case < 76:
                await SyncBadlyAsync(device);
                break;
            case < 79:
                await CompactAsync(device);
                break;
            case < 80:
                Schedule.Add($"provider: forgets {device.Name}");
                _provider.Forget(device.Store.ReplicaUid);
                break;
            case < 83:
                Schedule.Add($"{device.Name}: reopen");
                HarvestArchive(device);
                device.Reopen();
                break;
            case < 86 when _devices.Count < MaxDevices:
                Clone(device);
                break;
            case < 89:
                CopyHome(device);
                break;
            case < 92 when _copies.FindAll(copy => copy.Of == device.Name) is { Count: > 0 } copies:
                PutBack(device, copies[_random.Next(copies.Count)].Path);
                break;
            case < 95:
                Schedule.Add($"provider: backup {_backups.Count}");
                _backups.Add(_provider.Backup());
                break;
            case < 98 when _backups.Count > 0:
                var backup = _random.Next(_backups.Count);
                Schedule.Add($"provider: back to {backup}");
                Destroy(_backups[backup]);
                break;
            case 99:
                Schedule.Add("provider: replaced");
                Destroy(() => _provider.Replace(Number().ToString("x32", CultureInfo.InvariantCulture)));
                break;
            default:
                await WriteAsync(device);
                break;
        }
    }

    private async Task WriteAsync(SimulatedDevice device)
    {
        if (Pick() is not { } id)
        {
            return;
        }

        var token = "t" + Number();
        Schedule.Add($"{device.Name}: write {id} {token}");
        _written.Add(token);
        await device.Store.WriteAsync(tx =>
        {
            var current = tx.Get(id);
            tx.Put(id, current?.Rev, SimulatedDocuments.Edit(id, current?.Json, token, device.Name, _random));
        });
    }

    private async Task DeleteAsync(SimulatedDevice device)
    {
        if (Pick() is not { } id)
        {
            return;
        }

        Schedule.Add($"{device.Name}: delete {id}");
        await device.Store.WriteAsync(tx =>
        {
            if (tx.Get(id) is { Json: { } json } current)
            {
                _deleted.UnionWith(SimulatedDocuments.Tokens(json));
                tx.Delete(id, current.Rev);
            }
        });
    }

    private string? Pick()
        => SimulatedDocuments.Ids[_random.Next(SimulatedDocuments.Ids.Count)] is var id && _frozen.Contains(id) ? null : id;

    private async Task SyncBadlyAsync(SimulatedDevice device)
    {
        if (_random.Next(4) == 0)
        {
            device.FailingCommit = _random.Next(6);
            Schedule.Add($"{device.Name}: stops at commit {device.FailingCommit}");
            await SyncAsync(device, null);
            device.FailingCommit = null;
            HarvestArchive(device);
            device.Reopen();
            return;
        }

        await SyncAsync(device, (_random.Next(6), (LineFault)_random.Next(5), _random.NextDouble()));
    }

    /// <summary>One sync; null when it failed.</summary>
    private async Task<SyncReport?> SyncAsync(SimulatedDevice device, (int Request, LineFault Fault, double Place)? plan)
    {
        _clock.Advance(TimeSpan.FromMinutes(20));
        Schedule.Add($"{device.Name}: sync{(plan is { } bad ? $" {bad.Fault} at {bad.Request}" : "")}");
        _line.Begin(plan);
        var other = _devices[_random.Next(_devices.Count)];
        _line.Overtaking = async () =>
        {
            _line.Begin(null);
            if (other != device)
            {
                await SyncAsync(other, null);
            }
        };
        using var http = new HttpClient(_line, disposeHandler: false);
        using var client = Client(device, http);
        try
        {
            var report = await client.SyncAsync();
            Schedule.Add($"  sent {report.Sent}, received {report.Received}{(report.Events.Count > 0 ? ": " + string.Join(", ", report.Events.Select(told => told.Name)) : "")}");
            if (!_isRough)
            {
                Assert.DoesNotContain(report.Events, told => told.Name == SoledadCodes.ProviderInconsistent);
            }

            return report;
        }
        catch (Exception e) when (plan is not null || e is SimulatedCrashException or Sqlite.DatabaseException)
        {
            Schedule.Add("  failed: " + e.GetType().Name);
            return null;
        }
    }

    /// <summary>Graves, on a good line or a bad one.</summary>
    private async Task CompactAsync(SimulatedDevice device)
    {
        _clock.Advance(TimeSpan.FromMinutes(20));
        var plan = _random.Next(2) == 0 ? ((int, LineFault, double)?)(_random.Next(10), (LineFault)_random.Next(4), _random.NextDouble()) : null;
        _line.Begin(plan);
        using var http = new HttpClient(_line, disposeHandler: false);
        using var client = Client(device, http);
        try
        {
            var report = await client.CompactAsync(new CompactionOptions { MinDeletions = 1, LogPieceRows = 1 + _random.Next(5) });
            Schedule.Add($"{device.Name}: compact, {report}");
        }
        catch (SoledadException e) when (plan is not null)
        {
            Schedule.Add($"{device.Name}: compact {plan} failed: {e.Message}");
        }
    }

    private SyncClient Client(SimulatedDevice device, HttpClient http) => new(
        device.Store, new SealedCodec(_keyset, Devices.Alice, device.Store.DeviceId), http, Soledad, Devices.Alice, static _ => Task.FromResult("secret"), _clock,
        new SyncOptions { BatchDocuments = 2, Parallelism = 1, HasDocumentsQuery = _hasQuery, HasCompaction = true, PieceDocuments = 3 });

    private void Clone(SimulatedDevice device)
    {
        var path = Path.Combine(_folder.FullName, $"{_devices.Count}.db");
        var name = "d" + _devices.Count;
        Schedule.Add($"{name}: a copy of {device.Name}");
        device.CopyTo(path);
        _devices.Add(new SimulatedDevice(name, path, _key, _keyset.DigestKey, _clock, Identity));
    }

    private void CopyHome(SimulatedDevice device)
    {
        var path = Path.Combine(_folder.FullName, $"copy{_copies.Count}.db");
        Schedule.Add($"{device.Name}: backup");
        HarvestArchive(device);
        device.CopyTo(path);
        _copies.Add((path, device.Name));
    }

    private void PutBack(SimulatedDevice device, string path)
    {
        Schedule.Add($"{device.Name}: back to {Path.GetFileName(path)}");
        HarvestArchive(device);
        Destroy(() => device.PutBack(path));
    }

    /// <summary>What is nowhere any more after a loss can not be asked for.</summary>
    private void Destroy(Action loss)
    {
        var before = Everywhere();
        loss();
        before.ExceptWith(Everywhere());
        _written.ExceptWith(before);
    }

    private HashSet<string> Everywhere()
        => [.. _devices.SelectMany(static device => device.Documents())
            .Concat(AtProvider(new SealedCodec(_keyset, Devices.Alice, _devices[0].Store.DeviceId)))
            .Where(static document => document.Json is not null).SelectMany(static document => SimulatedDocuments.Tokens(document.Json!))];

    private void HarvestArchive(SimulatedDevice device) => _archived.UnionWith(device.Archive().SelectMany(SimulatedDocuments.Tokens));

    private void Add()
    {
        var name = "d" + _devices.Count;
        _devices.Add(new SimulatedDevice(name, Path.Combine(_folder.FullName, $"{_devices.Count}.db"), _key, _keyset.DigestKey, _clock, Identity));
    }

    private (string ReplicaUid, DeviceId DeviceId) Identity()
        => (Number().ToString("x8", CultureInfo.InvariantCulture) + _random.NextInt64().ToString("x24", CultureInfo.InvariantCulture), new DeviceId((ulong)_random.NextInt64()));

    private int Number() => ++_numbers;
}
