namespace Bitmask.Mail;

internal static class MessageSplitter
{
    public static SplitMessage Split(ReadOnlyMemory<byte> raw) => new(raw);
}

internal sealed record SplitMessage(ReadOnlyMemory<byte> Raw);
