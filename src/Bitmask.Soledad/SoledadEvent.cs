namespace Bitmask.Soledad;

/// <summary>Something that the user or the log should know about.</summary>
/// <param name="Name">One of <see cref="SoledadCodes"/>.</param>
/// <param name="Detail">What happened, fit to show a person; no content, no keys.</param>
/// <param name="WireId">The document it is about, by the id that the provider sees.</param>
/// <param name="Generation">The provider's generation it is about.</param>
public sealed record SoledadEvent(string Name, string Detail, string? WireId = null, long? Generation = null);
