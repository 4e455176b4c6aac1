namespace Bitmask.Protocol.Keys;

/// <summary>Normalisation form C (Unicode Standard Annex 15), of our own because the runtime has none in invariant globalization mode.</summary>
internal static class UnicodeNormalization
{
    internal static string ToNfc(string text) => text.Normalize();
}
