using System.Text;
using MimeKit.Text;

namespace Bitmask.Mail;

/// <summary>The text of an HTML part as a reader sees it: no markup, no scripts, white space as one space, blocks on lines of their own.</summary>
internal static class HtmlWords
{
    /// <summary>Adds at most <paramref name="max"/> characters; false when there were more.</summary>
    public static bool AddTo(StringBuilder words, string html, int max)
    {
        var tokenizer = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        var end = words.Length + max;
        var (hidden, blank) = (default(HtmlTagId?), true);
        while (words.Length <= end && tokenizer.ReadNextToken(out var token))
        {
            switch (token)
            {
                case HtmlTagToken tag when hidden is not null:
                    hidden = tag.IsEndTag && tag.Id == hidden ? null : hidden;
                    break;
                case HtmlTagToken { IsEndTag: false, IsEmptyElement: false, Id: HtmlTagId.Style or HtmlTagId.Script } tag:
                    hidden = tag.Id;
                    break;
                case HtmlTagToken tag when IsBlock(tag.Id) && !blank:
                    words.Append('\n');
                    blank = true;
                    break;
                case HtmlScriptDataToken or HtmlTagToken or HtmlCommentToken or HtmlDocTypeToken:
                    break;
                case HtmlDataToken data when hidden is null:
                    blank = AddText(words, data.Data, blank);
                    break;
            }
        }

        var whole = words.Length <= end;
        words.Length = Math.Min(words.Length, end);
        return whole;
    }

    private static bool AddText(StringBuilder words, string text, bool blank)
    {
        foreach (var c in text)
        {
            if (c is not (' ' or '\t' or '\r' or '\n'))
            {
                words.Append(c);
                blank = false;
            }
            else if (!blank)
            {
                words.Append(' ');
                blank = true;
            }
        }

        return blank;
    }

    private static bool IsBlock(HtmlTagId id) => id is HtmlTagId.Br or HtmlTagId.P or HtmlTagId.Div or HtmlTagId.TR or HtmlTagId.TD or HtmlTagId.TH or HtmlTagId.LI or HtmlTagId.UL or HtmlTagId.OL
        or HtmlTagId.Table or HtmlTagId.H1 or HtmlTagId.H2 or HtmlTagId.H3 or HtmlTagId.H4 or HtmlTagId.H5 or HtmlTagId.H6 or HtmlTagId.HR or HtmlTagId.BlockQuote or HtmlTagId.Pre
        or HtmlTagId.Title or HtmlTagId.Body or HtmlTagId.DD or HtmlTagId.DT or HtmlTagId.Option;
}
