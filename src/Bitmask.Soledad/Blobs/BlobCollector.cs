using System.Globalization;

namespace Bitmask.Soledad;

/// <summary>What a collection did.</summary>
/// <param name="Trashed">Blobs put into the provider's trash.</param>
/// <param name="Healed">Blobs taken out of it, because a document refers to them.</param>
/// <param name="UploadedAgain">Blobs that the provider lacks and that are here.</param>
/// <param name="Withheld">Blobs that a document refers to and that are nowhere.</param>
public sealed record BlobCollection(int Trashed, int Healed, int UploadedAgain, int Withheld);

/// <summary>
/// Compares what documents refer to with what the provider has. A blob goes into the provider's trash only when this device saw its last
/// reference lost, or made it itself for a document that never came, and a grace time has passed; never because something is absent from a
/// list. A blob in the trash that a document refers to comes out again, whoever put it there: two devices may race a copy against a deletion.
/// </summary>
public sealed class BlobCollector(SoledadStore documents, BlobStore blobs, BlobClient remote, TimeProvider clock)
{
    /// <summary>How long a blob stays after its last reference was lost: time for a copy on another device to arrive. As long as a head that lost its last message.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromDays(30);

    /// <summary>Set while the first download of the account is not complete: then references that are not here yet may exist.</summary>
    private const string BackfillSetting = "sync.backfill";

    /// <summary>Whether the first download of the account is not complete: then there are references that are not here yet.</summary>
    public static bool IsFirstDownload(StoreReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.GetSetting(BackfillSetting) is not null;
    }

    /// <summary>Runs once.</summary>
    /// <exception cref="SoledadException">The provider can not be reached or refuses; what was done stays.</exception>
    public async Task<BlobCollection> RunAsync(CancellationToken cancellationToken = default)
    {
        var healed = await HealAsync(cancellationToken).ConfigureAwait(false);
        var (again, withheld) = await CompareAsync(cancellationToken).ConfigureAwait(false);
        return new BlobCollection(await TrashAsync(cancellationToken).ConfigureAwait(false), healed, again, withheld);
    }

    private async Task<int> HealAsync(CancellationToken cancellationToken)
    {
        var healed = 0;
        await foreach (var name in remote.ListAsync(trash: true, cancellationToken).ConfigureAwait(false))
        {
            if (IsReferenced(name) && await remote.UndeleteAsync(name, cancellationToken).ConfigureAwait(false))
            {
                healed++;
            }
        }

        return healed;
    }

    private async Task<(int Again, int Withheld)> CompareAsync(CancellationToken cancellationToken)
    {
        // Taken first: a blob that is referred to later may be uploaded later.
        var referenced = documents.Read(static reader => reader.Sql.Query("SELECT DISTINCT name FROM blob_ref", static row => Number(row.GetText(0)))).ToHashSet();
        await foreach (var name in remote.ListAsync(trash: false, cancellationToken).ConfigureAwait(false))
        {
            if (BlobRef.IsName(name))
            {
                referenced.Remove(Number(name));
            }
        }

        var (again, withheld) = (0, 0);
        foreach (var missing in referenced)
        {
            var name = missing.ToString("x32", CultureInfo.InvariantCulture);
            if (!blobs.IsStored(name))
            {
                continue; // its upload waits
            }

            if (await remote.HeadAsync(name, cancellationToken).ConfigureAwait(false) is (_, true))
            {
                continue; // came, or was healed, while we looked
            }

            if (await blobs.UploadAgainAsync(name, cancellationToken).ConfigureAwait(false))
            {
                again++;
                blobs.Tell(SoledadCodes.BlobWithheld, $"The provider does not have blob {name} any more, or withholds it; it is here and is sent again.", name);
            }
            else if (IsReferenced(name))
            {
                withheld++;
                blobs.Tell(SoledadCodes.BlobWithheld, $"The provider does not have blob {name} any more, or withholds it, and it is not here.", name);
            }
        }

        return (again, withheld);
    }

    private async Task<int> TrashAsync(CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - Grace;
        if (documents.Read(IsFirstDownload))
        {
            return 0;
        }

        var lost = documents.Read(reader => reader.Sql.Query("SELECT name FROM blob_unreferenced WHERE since < ?1", static row => row.GetText(0), before.ToUnixTimeSeconds()));
        var superfluous = lost.Concat(blobs.OwnBefore(before).Where(name => !IsLost(name))).Distinct(StringComparer.Ordinal).Where(name => !IsReferenced(name)).ToList();
        foreach (var name in superfluous)
        {
            await remote.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }

        await blobs.RemoveAsync(superfluous, cancellationToken).ConfigureAwait(false);
        await documents.WriteAsync(
            tx =>
            {
                foreach (var name in lost)
                {
                    tx.Sql.Execute("DELETE FROM blob_unreferenced WHERE name = ?1", name);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return superfluous.Count;
    }

    private static UInt128 Number(string name) => UInt128.Parse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Whether there was a document that referred to it: then its time runs from the loss, not from when it was made.</summary>
    private bool IsLost(string name)
        => documents.Read(reader => reader.Sql.ScalarInt64("SELECT 1 FROM blob_unreferenced WHERE name = ?1", name)) is not null;

    private bool IsReferenced(string name)
        => documents.Read(reader => reader.Sql.ScalarInt64("SELECT 1 FROM blob_ref WHERE name = ?1", name)) is not null;
}
