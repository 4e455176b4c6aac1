using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Mail;

/// <summary>
/// What ties a message to others: its own Message-ID, those it refers to, its subject. Each is a key, a digest; the thread of a message
/// that begins one is the key of its own Message-ID.
/// </summary>
/// <param name="Own">Of its Message-ID, or null.</param>
/// <param name="References">Of the messages it refers to: nearest first, the first of the conversation last.</param>
/// <param name="Subject">Of its base subject (RFC 5256 §2.1), or null when that is empty.</param>
/// <param name="IsReply">The subject says that it answers something.</param>
/// <param name="Sent">When it was sent, in seconds; 0 when it does not say.</param>
internal sealed record ThreadKeys(UInt128? Own, IReadOnlyList<UInt128> References, UInt128? Subject, bool IsReply, long Sent)
{
    /// <summary>References looked at: the nearest ones, and the first.</summary>
    private const int MaxReferences = 20;

    public static ThreadKeys Of(IReadOnlyList<HeaderField> fields)
    {
        var references = MessageOrderReader.References(fields, EnvelopeReader.First(fields, "In-Reply-To"));
        references.Reverse();
        if (references.Count > MaxReferences)
        {
            references = [.. references.Take(MaxReferences - 1), references[^1]];
        }

        var (subject, isReply) = MessageOrderReader.Subject(EnvelopeReader.First(fields, "Subject"));
        return new ThreadKeys(
            MessageOrderReader.Ids(EnvelopeReader.First(fields, "Message-ID")) is [var own, ..] ? OfMessageId(own) : null, [.. references.Select(OfMessageId)],
            subject.Length > 0 ? Key("subject", subject) : null, isReply, Math.Max(0, MessageOrderReader.Sent(EnvelopeReader.First(fields, "Date"))?.ToUnixTimeSeconds() ?? 0));
    }

    /// <summary>The thread that follows from the message alone: that of the first message it refers to, or one of its own.</summary>
    public ThreadId Alone(HeadId head) => new(References.Count > 0 ? References[^1] : Own ?? Key("head", head.ToString()));

    /// <summary>The key of a Message-ID, without angle brackets.</summary>
    public static UInt128 OfMessageId(string id) => Key("id", id);

    private static UInt128 Key(string kind, string value)
        => HexId.Read(SHA256.HashData(Encoding.UTF8.GetBytes($"thread {kind} {value}")));
}
