using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>Octets of an answer: in memory, or a range of a message with large parts, which is read while it is written.</summary>
internal readonly struct Octets
{
    private readonly ReadOnlyMemory<byte> _here;
    private readonly MessageContent? _content;
    private readonly long _start;

    public Octets(ReadOnlyMemory<byte> here) => (_here, Length) = (here, here.Length);

    public Octets(MessageContent content, long start, long end)
    {
        start = Math.Min(start, content.Length);
        end = Math.Clamp(end, start, content.Length);
        if (content.Whole is { } whole)
        {
            (_here, Length) = (whole[(int)start..(int)end], end - start);
        }
        else
        {
            (_content, _start, Length) = (content, start, end - start);
        }
    }

    public long Length { get; }

    /// <summary>Whether there may be a NUL among them; of a range that is read later nobody knows.</summary>
    public bool MayHoldNul => _content is not null || _here.Span.Contains((byte)0);

    /// <summary>A piece of them; <paramref name="most"/> null for all.</summary>
    public Octets Part(uint? offset, uint? most)
    {
        if (offset is not { } first || most is not { } count)
        {
            return this;
        }

        var from = Math.Min(first, Length);
        var octets = Math.Min(count, Length - from);
        return _content is null ? new Octets(_here.Slice((int)from, (int)octets)) : new Octets(_content, _start + from, _start + from + octets);
    }

    /// <summary>
    /// Fetches what is missing, and proves that all of it is what was filed. To be done before the first octet is written. What is not too large
    /// is held in memory then, so that it is read once only.
    /// </summary>
    public async ValueTask<Octets> CheckAsync(HeldBuffers held, CancellationToken cancellationToken)
    {
        if (_content is null)
        {
            return this;
        }

        if (held.TryRent(Length) is not { } octets)
        {
            await _content.CheckAsync(_start, _start + Length, cancellationToken).ConfigureAwait(false);
            return this;
        }

        await _content.ReadCheckedAsync(_start, octets, cancellationToken).ConfigureAwait(false);
        return new Octets(octets);
    }

    /// <summary>All of them in memory.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
        => _content is null ? _here : await _content.ReadAllAsync(_start, _start + Length, cancellationToken).ConfigureAwait(false);

    public async ValueTask WriteAsync(ImapOutput output, CancellationToken cancellationToken)
    {
        if (_content is null)
        {
            await output.WriteAsync(_here, cancellationToken).ConfigureAwait(false);
            return;
        }

        await foreach (var piece in _content.ReadAsync(_start, _start + Length, cancellationToken).ConfigureAwait(false))
        {
            await output.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
        }
    }
}
