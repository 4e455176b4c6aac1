using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>How a <see cref="SoledadStore"/> is opened.</summary>
public sealed record SoledadOptions
{
    /// <summary>Who derives tables from documents, called in this order.</summary>
    public IReadOnlyList<IDocumentProjection> Projections { get; set; } = [];

    /// <summary>Who merges conflicting versions, at most one per type.</summary>
    public IReadOnlyList<IConflictResolver> Resolvers { get; set; } = [];

    /// <summary>How the file is opened.</summary>
    public DatabaseOptions Database { get; set; } = new();

    /// <summary>The clock. It dates archived conflicts and the quarantine; no decision hangs on it.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Largest JSON text with id and revision, in octets; 0 for no limit. Default 40 MiB, which a provider can still take in once it is sealed.</summary>
    public long MaxDocumentOctets { get; set; } = 40L * 1024 * 1024;

    /// <summary>For tests against u1db's vectors, which keep conflicts beside the document until somebody resolves them.</summary>
    internal bool KeepsConflicts { get; set; }

    /// <summary>For tests: the replica uid of a store that is made.</summary>
    internal string? ReplicaUid { get; set; }

    /// <summary>Makes a new identity, at random; a simulation draws it from its seed.</summary>
    internal Func<(string ReplicaUid, DeviceId DeviceId)> NewIdentity { get; set; } = static () => (Guid.NewGuid().ToString("n"), DeviceId.New());
}
