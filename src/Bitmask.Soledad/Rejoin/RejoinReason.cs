namespace Bitmask.Soledad;

/// <summary>Why a device gives up its name at the provider and takes another (security.md B5).</summary>
internal enum RejoinReason
{
    /// <summary>The provider does not know the state that it had told, or refuses this device's name: its database was restored from a backup.</summary>
    UnknownState,

    /// <summary>The provider has removed what this device has not seen, as it may when a device was away for half a year (security.md A7).</summary>
    AwayTooLong,

    /// <summary>The provider, or a document, knows more of this device than the device does: it was restored from a copy, or a copy of it runs elsewhere.</summary>
    Copied,

    /// <summary>The provider went back to an earlier state.</summary>
    WentBack,

    /// <summary>The provider has another database for the account than before.</summary>
    OtherDatabase,

    /// <summary>This device's database was damaged, and what could be read of it was brought into a new one.</summary>
    Salvaged,
}

/// <summary>
/// Provider and device contradict each other in a way that a re-join mends. <see cref="SyncClient"/> catches it; others see what it
/// is besides, an inconsistent provider.
/// </summary>
internal sealed class RejoinNeededException(RejoinReason reason, string message) : SoledadException(SoledadCodes.ProviderInconsistent, message)
{
    public RejoinReason Reason { get; } = reason;
}
