using System.Globalization;
using System.Text;

namespace Bitmask.Protocol.Soledad;

/// <summary>
/// A document revision: a vector clock of replica uid → counter, written <c>aaaa:2|bbbb:1</c>. Immutable; the empty clock is the
/// revision of a document that does not exist. Parsing is strict, writing is canonical: sorted by replica uid in byte order.
/// </summary>
public sealed class Revision : IEquatable<Revision>
{
    /// <summary>Longest text read, in characters.</summary>
    public const int MaxTextLength = 64 * 1024;

    /// <summary>Longest replica uid, in characters; ours have 32.</summary>
    public const int MaxReplicaUidLength = 64;

    private readonly SortedList<string, long> _counters;

    private Revision(SortedList<string, long> counters)
    {
        _counters = counters;
    }

    /// <summary>The empty clock.</summary>
    public static Revision Empty { get; } = new(new SortedList<string, long>(StringComparer.Ordinal));

    /// <summary>Whether no replica has a counter.</summary>
    public bool IsEmpty => _counters.Count == 0;

    /// <summary>Replica uid → counter, sorted.</summary>
    public IReadOnlyDictionary<string, long> Counters => _counters;

    /// <summary>Reads a revision; null is the empty clock, an empty text is an error.</summary>
    /// <exception cref="SoledadProtocolException">Not a revision.</exception>
    public static Revision Parse(string? text)
        => TryParse(text, out var revision) ? revision : throw new SoledadProtocolException("Not a revision.");

    /// <summary>Reads a revision; false when it is none.</summary>
    public static bool TryParse(string? text, out Revision revision)
    {
        revision = Empty;
        if (text is null)
        {
            return true;
        }

        if (text.Length is 0 or > MaxTextLength)
        {
            return false;
        }

        var counters = new SortedList<string, long>(StringComparer.Ordinal);
        foreach (var part in text.AsSpan().Split('|'))
        {
            var entry = text.AsSpan(part);
            var colon = entry.IndexOf(':');
            if (colon < 0 || !IsReplicaUid(entry[..colon]) || !TryReadCounter(entry[(colon + 1)..], out var counter)
                || !counters.TryAdd(entry[..colon].ToString(), counter))
            {
                return false;
            }
        }

        revision = new Revision(counters);
        return true;
    }

    /// <summary>Whether this text can name a replica: 1 to 64 ASCII letters, digits, <c>.</c>, <c>_</c>, <c>-</c>.</summary>
    public static bool IsReplicaUid(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxReplicaUidLength)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether this revision comes after <paramref name="other"/>: it knows all that the other knows, and more.</summary>
    public bool IsNewerThan(Revision other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (IsEmpty || other.IsEmpty)
        {
            return !IsEmpty;
        }

        var ahead = _counters.Count > other._counters.Count;
        foreach (var (replica, theirs) in other._counters)
        {
            // A counter of zero still counts as present.
            if (!_counters.TryGetValue(replica, out var ours) || ours < theirs)
            {
                return false;
            }

            ahead |= ours > theirs;
        }

        return ahead;
    }

    /// <summary>The revision after one change by <paramref name="replicaUid"/>.</summary>
    public Revision Increment(string replicaUid)
    {
        if (!IsReplicaUid(replicaUid))
        {
            throw new ArgumentException("Not a replica uid.", nameof(replicaUid));
        }

        var counters = Copy();
        var counter = counters.GetValueOrDefault(replicaUid);
        counters[replicaUid] = counter == long.MaxValue ? throw new SoledadProtocolException("A revision counter is at its end.") : counter + 1;
        return new Revision(counters);
    }

    /// <summary>The same clock with another counter for one replica; null takes the replica out.</summary>
    public Revision With(string replicaUid, long? counter)
    {
        var counters = Copy();
        counters.Remove(replicaUid);
        if (counter is { } value)
        {
            counters.Add(replicaUid, value);
        }

        return new Revision(counters);
    }

    /// <summary>The smallest revision that is not older than either.</summary>
    public Revision Maximize(Revision other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var counters = Copy();
        foreach (var (replica, theirs) in other._counters)
        {
            counters[replica] = counters.TryGetValue(replica, out var ours) ? Math.Max(ours, theirs) : theirs;
        }

        return new Revision(counters);
    }

    /// <summary>The revision of a change by <paramref name="replicaUid"/> that supersedes this and all of <paramref name="others"/>.</summary>
    public Revision Supersede(IEnumerable<Revision> others, string replicaUid)
    {
        ArgumentNullException.ThrowIfNull(others);
        return others.Aggregate(this, (all, other) => all.Maximize(other)).Increment(replicaUid);
    }

    /// <inheritdoc/>
    public bool Equals(Revision? other) => other is not null && _counters.SequenceEqual(other._counters);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Revision);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The canonical text; empty for the empty clock (which has no text on the wire).</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (replica, counter) in _counters)
        {
            text.Append(text.Length == 0 ? "" : "|").Append(replica).Append(':').Append(counter.ToString(CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    private static bool TryReadCounter(ReadOnlySpan<char> text, out long counter)
    {
        counter = 0;
        return text.Length is > 0 and <= 19 && (text[0] != '0' || text.Length == 1)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out counter);
    }

    private SortedList<string, long> Copy() => new(_counters, StringComparer.Ordinal);
}
