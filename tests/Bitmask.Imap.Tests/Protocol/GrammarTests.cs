using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Tests.Protocol;

public class GrammarTests
{
    [Theory]
    [InlineData("a NOOP")]
    [InlineData("a noop ")]
    [InlineData("a1.x LOGIN", false)]
    [InlineData("a SELECT inbox")]
    [InlineData("a SELECT \"a \\\"b\\\\\"")]
    [InlineData("a SELECT", false)]
    [InlineData("a SELECT ", false)]
    [InlineData("a SELECT a b", false)]
    [InlineData("a SELECT &")]
    [InlineData("a SELECT &Jjo-")]
    [InlineData("a SELECT \"a\\x\"", false)]
    [InlineData("a SELECT \"a", false)]
    [InlineData("a CREATE foo/")]
    [InlineData("a RENAME a b")]
    [InlineData("a LIST \"\" *")]
    [InlineData("a LIST \"\" %/x]")]
    [InlineData("a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (a b*) RETURN (CHILDREN STATUS (MESSAGES UNSEEN))")]
    [InlineData("a NOTIFY NONE")]
    [InlineData("a NOTIFY NONE x", false)]
    [InlineData("a NOTIFY SET STATUS (SELECTED-DELAYED (MessageNew MessageExpunge)) (SUBTREE (\"a b\" c) (SubscriptionChange))")]
    [InlineData("a NOTIFY SET (MAILBOXES x NONE) ")]
    [InlineData("a NOTIFY SET (MAILBOXES (MessageNew MessageExpunge))", false)]
    [InlineData("a NOTIFY SET ()", false)]
    [InlineData("a NOTIFY SET (PERSONAL ())", false)]
    [InlineData("a LIST () \"\" * RETURN ()")]
    [InlineData("a LIST (RECURSIVEMATCH) \"\" *", false)]
    [InlineData("a LIST (FOO) \"\" *", false)]
    [InlineData("a LIST \"\" * RETURN (FOO)", false)]
    [InlineData("a STATUS x (MESSAGES UIDNEXT SIZE)")]
    [InlineData("a STATUS x ()", false)]
    [InlineData("a STATUS x (FOO)", false)]
    [InlineData("a APPEND x (\\Seen $Foo) \" 1-Feb-2020 10:00:00 +0100\" {3+}\r\nabc")]
    [InlineData("a APPEND x {3+}\r\nabc")]
    [InlineData("a APPEND x () {0+}\r\n")]
    [InlineData("a APPEND x (\\Foo) {3+}\r\nabc", false)]
    [InlineData("a APPEND x \"99-Feb-2020 10:00:00 +0100\" {3+}\r\nabc", false)]
    [InlineData("a APPEND x abc", false)]
    [InlineData("a FETCH 1:* (FLAGS UID)")]
    [InlineData("a FETCH 1 ALL")]
    [InlineData("a FETCH 1 (ALL)", false)]
    [InlineData("a FETCH 1 ALLX", false)]
    [InlineData("a FETCH 0 FLAGS", false)]
    [InlineData("a FETCH 1, FLAGS", false)]
    [InlineData("a FETCH 4294967296 FLAGS", false)]
    [InlineData("a FETCH 1 BODY[1.2.HEADER.FIELDS (From \"To\")]<0.100>")]
    [InlineData("a FETCH 1 BODY.PEEK[]")]
    [InlineData("a FETCH 1 BODY[MIME]", false)]
    [InlineData("a FETCH 1 BODY[1.]", false)]
    [InlineData("a FETCH 1 BODY[0]", false)]
    [InlineData("a FETCH 1 BODY[]<1>", false)]
    [InlineData("a FETCH 1 BODY[]<1.0>", false)]
    [InlineData("a FETCH 1 BODY[HEADER.FIELDS ()]", false)]
    [InlineData("a FETCH 1 BODY.PEEK", false)]
    [InlineData("a UID FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE BODY BODYSTRUCTURE ENVELOPE INTERNALDATE)")]
    [InlineData("a STORE 1 +FLAGS.SILENT (\\Deleted)")]
    [InlineData("a STORE 1 -flags \\seen foo")]
    [InlineData("a STORE 1 FLAGS ()")]
    [InlineData("a STORE 1 FLAGS (\\Foo)", false)]
    [InlineData("a STORE 1 FLAG (\\Seen)", false)]
    [InlineData("a UID MOVE 1:3,5,7:* x")]
    [InlineData("a UID EXPUNGE 1:3")]
    [InlineData("a UID EXPUNGE", false)]
    [InlineData("a UID NOOP", false)]
    [InlineData("a SEARCH ALL")]
    [InlineData("a SEARCH", false)]
    [InlineData("a SEARCH CHARSET UTF-8 OR (FROM x NOT SEEN) UID 1:5 1,3:* HEADER X-Foo \"\"")]
    [InlineData("a SEARCH SINCE 1-Feb-2020 BEFORE \"12-Mar-2021\" LARGER 5 KEYWORD $x UNKEYWORD y")]
    [InlineData("a SEARCH SINCE 31-Feb-2020", false)]
    [InlineData("a SEARCH OR ALL", false)]
    [InlineData("a SEARCH NOT", false)]
    [InlineData("a SEARCH RETURN (COUNT) ALL", true)]
    [InlineData("a SEARCH CHARSET X-UNKNOWN TEXT {3+}\r\nabc OR")]
    [InlineData("a ID NIL")]
    [InlineData("a ID (\"name\" \"x\" \"vendor\" NIL)")]
    [InlineData("a ID (\"name\")", false)]
    [InlineData("a ENABLE CONDSTORE X")]
    [InlineData("a ENABLE", false)]
    [InlineData("a XYZZY", false)]
    [InlineData("a LOGIN x y", false)]
    public void Parse_Command_IsTakenOrRefused(string text, bool good = true)
    {
        var parsed = Wire.Parse(text);

        Assert.Equal(good, parsed.Command is not null);
        Assert.NotEqual("*", parsed.Tag);
        Assert.Equal(good ? null : "BAD", parsed.Error?.Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NOOP")]
    [InlineData("+ NOOP")]
    [InlineData("a+ NOOP")]
    [InlineData("(a) NOOP")]
    [InlineData("\0 NOOP")]
    public void Parse_WithoutTag_AnswersUntagged(string text) => Assert.Equal("*", Wire.Parse(text).Tag);

    [Theory]
    [InlineData(90, true)]
    [InlineData(200, false)]
    [InlineData(100_000, false)]
    public void Search_Nested_IsBounded(int depth, bool good)
    {
        Assert.Equal(good, Wire.Parse($"a SEARCH {new string('(', depth)}ALL{new string(')', depth)}").Command is not null);
        Assert.Equal(good, Wire.Parse($"a SEARCH {string.Concat(Enumerable.Repeat("NOT ", depth))}ALL").Command is not null);
    }

    [Theory]
    [InlineData("BODY[]")]
    [InlineData("BODY[HEADER]")]
    [InlineData("BODY[1.2.3.MIME]")]
    [InlineData("BODY[TEXT]")]
    [InlineData("BODY[4.HEADER.FIELDS.NOT (To X-Y)]")]
    [InlineData("BODY[HEADER.FIELDS (\"a b\" From)]")]
    public void BodySection_ParsedAndWritten_IsTheSame(string text)
    {
        var item = Assert.IsType<FetchItem.Section>(Assert.Single(FetchItem.ParseList(Wire.Scan(text))));

        Assert.Equal(text, "BODY" + Wire.Write(item.Body.Write));
    }

    [Fact]
    public void Flags_DoublesAndRecent_AreDropped()
        => Assert.Equal(["\\Seen", "Foo"], FlagNames.ParseList(Wire.Scan("(\\sEEN Foo \\Recent FOO \\Seen)")));
}
