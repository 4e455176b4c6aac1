namespace Bitmask.Provider;

/// <summary>A fault the operator can mend: the message says what is wrong and what to do, and is shown without a stack trace.</summary>
internal sealed class ProviderException(string message, Exception? inner = null) : Exception(message, inner);
