namespace Bitmask.Mail;

/// <summary>
/// The form in which texts are compared: every character in upper case by Unicode's simple mapping, which is what a comparison without
/// regard to case does. Query and text take the same way, so a substring of one is a substring of the other.
/// </summary>
internal static class SearchFold
{
    public static string Of(string text) => text.ToUpperInvariant();
}
