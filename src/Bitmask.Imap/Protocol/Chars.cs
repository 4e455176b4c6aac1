namespace Bitmask.Imap.Protocol;

/// <summary>Character classes of RFC 3501 §9.</summary>
internal static class Chars
{
    /// <summary>ATOM-CHAR: any CHAR except atom-specials.</summary>
    public static bool IsAtom(byte c) => c is > 0x20 and < 0x7f and not ((byte)'(' or (byte)')' or (byte)'{' or (byte)'%' or (byte)'*' or (byte)'"' or (byte)'\\' or (byte)']');

    /// <summary>ASTRING-CHAR: ATOM-CHAR or <c>]</c>.</summary>
    public static bool IsAstring(byte c) => IsAtom(c) || c == (byte)']';

    /// <summary>list-char: ASTRING-CHAR or a wildcard.</summary>
    public static bool IsList(byte c) => IsAstring(c) || c is (byte)'%' or (byte)'*';

    /// <summary>tag: ASTRING-CHAR except <c>+</c>.</summary>
    public static bool IsTag(byte c) => IsAstring(c) && c != (byte)'+';
}
