namespace Bitmask.Mail.Tests.Mime;

/// <summary>The base subject (RFC 5256 §2.1).</summary>
public class BaseSubjectTests
{
    [Theory]
    [InlineData("Lunch", "LUNCH", false)]
    [InlineData("Re: Lunch", "LUNCH", true)]
    [InlineData("RE : fwd:  FW: Lunch\t today", "LUNCH TODAY", true)]
    [InlineData("[list] Re: [list] Lunch", "LUNCH", true)]
    [InlineData("Re[2]: Lunch", "LUNCH", true)]
    [InlineData("[list] Lunch", "LUNCH", false)]
    [InlineData("[list]", "[LIST]", false)]
    [InlineData("Lunch (fwd) (FWD)", "LUNCH", true)]
    [InlineData("[Fwd: Re: Lunch]", "LUNCH", true)]
    [InlineData("Re:", "", true)]
    [InlineData("Really: Lunch", "REALLY: LUNCH", false)]
    [InlineData("", "", false)]
    public void Subject_LosesTheMarksOfReplies(string subject, string expected, bool isReply) => Assert.Equal((expected, isReply), BaseSubject.Of(subject));
}
