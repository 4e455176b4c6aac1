namespace Bitmask.Daemon;

/// <summary>Something a person has to know: a stable code, what happened, and what to do about it.</summary>
internal sealed class DaemonException(string code, string message, string? hint = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable, for programs, such as <c>keys-missing</c>.</summary>
    public string Code { get; } = code;

    /// <summary>What to do next.</summary>
    public string? Hint { get; } = hint;
}
