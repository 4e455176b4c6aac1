using Bitmask.Soledad;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Bitmask.Mail.Tests;

public class RegisterProperties
{
    private static readonly string[] Devices = ["0000000000000001", "0000000000000002", "0000000000000003"];

    private static readonly Gen<Register<bool>> Flag =
        from value in ArbMap.Default.GeneratorFor<bool>()
        from counter in Gen.Choose(1, 4)
        from device in Gen.Elements(Devices)
        select new Register<bool>(value, counter, device);

    private static readonly Gen<Register<string>> Text =
        from value in Gen.Elements("B-00000000000000000000000000000001", "B-00000000000000000000000000000002")
        from counter in Gen.Choose(1, 4)
        from device in Gen.Elements(Devices)
        select new Register<string>(value, counter, device);

    private static readonly Gen<SortedDictionary<string, Register<bool>>> Flags =
        Gen.ListOf(Gen.Zip(Gen.Elements("\\Seen", "\\Flagged", "$a", "$b"), Flag)).Select(pairs =>
        {
            var flags = new SortedDictionary<string, Register<bool>>(StringComparer.Ordinal);
            foreach (var (name, register) in pairs)
            {
                flags[name] = register;
            }

            return flags;
        });

    private static readonly Arbitrary<string> Entries =
        (from flags in Flags
         from tags in Flags
         from hasTags in ArbMap.Default.GeneratorFor<bool>()
         from mailbox in Text
         from size in Gen.Choose(1, 2)
         select MailJson.Write(
             new EntryDocument { Eid = new string('a', 32), Head = "H-" + new string('a', 32), Size = size, Mbox = mailbox, Flags = flags, Tags = hasTags ? tags : null },
             MailJson.Entry)).ToArbitrary();

    private static readonly Arbitrary<string> Mailboxes =
        (from name in Text
         from use in Gen.Elements<string?>(null, "\\Sent", "\\Junk")
         from day in Gen.Choose(1, 3)
         select MailJson.Write(
             new MailboxDocument { Uuid = new string('a', 32), Mbox = name, SpecialUse = use, Created = MailHome.Start.AddDays(day) },
             MailJson.Mailbox)).ToArbitrary();

    private static readonly Arbitrary<string> Subscriptions =
        (from subscribed in Flag
         from name in Gen.Elements("Work", "Play")
         select MailJson.Write(new SubscriptionDocument { Mbox = name, Subscribed = subscribed }, MailJson.Subscription)).ToArbitrary();

    [Property(MaxTest = 500)]
    public Property Entries_Merged_AreTheSameFromBothSides() => Commutes("flags", Entries);

    [Property(MaxTest = 500)]
    public Property Entries_MergedInAnyOrder_AreTheSame() => Associates("flags", Entries);

    [Property(MaxTest = 500)]
    public Property Entries_MergedAgain_StayTheSame() => IsIdempotent("flags", Entries);

    [Property(MaxTest = 500)]
    public Property Mailboxes_Merged_AreTheSameFromBothSides() => Commutes("mbox", Mailboxes);

    [Property(MaxTest = 500)]
    public Property Mailboxes_MergedInAnyOrder_AreTheSame() => Associates("mbox", Mailboxes);

    [Property(MaxTest = 500)]
    public Property Mailboxes_MergedAgain_StayTheSame() => IsIdempotent("mbox", Mailboxes);

    [Property(MaxTest = 500)]
    public Property Subscriptions_Merged_AreTheSameFromBothSides() => Commutes("subscription", Subscriptions);

    [Property(MaxTest = 500)]
    public Property Subscriptions_MergedInAnyOrder_AreTheSame() => Associates("subscription", Subscriptions);

    [Property(MaxTest = 500)]
    public Property Subscriptions_MergedAgain_StayTheSame() => IsIdempotent("subscription", Subscriptions);

    [Fact]
    public void Register_HigherCounter_Wins()
        => Assert.True(new Register<bool>(false, 1, Devices[2]).Merge(new Register<bool>(true, 2, Devices[0])).Value);

    [Fact]
    public void Register_EqualCounters_AreToldApartByDevice()
        => Assert.True(new Register<bool>(false, 1, Devices[0]).Merge(new Register<bool>(true, 1, Devices[1])).Value);

    [Fact]
    public void Entry_FieldsOfALaterVersion_SurviveAMerge()
    {
        var json = MailJson.Write(new EntryDocument { Eid = new string('a', 32), Head = "H-" + new string('a', 32), Mbox = new("B-x", 1, Devices[0]) }, MailJson.Entry);
        var later = json[..^1] + ",\"snoozed\":{\"v\":7}}";
        Assert.Contains("\"snoozed\":{\"v\":7}", Resolver("flags").Merge(json, later), StringComparison.Ordinal);
        Assert.Contains("\"snoozed\":{\"v\":7}", Resolver("flags").Merge(later, json), StringComparison.Ordinal);
    }

    [Fact]
    public void Entry_Unreadable_IsNotMerged() => Assert.Null(Resolver("flags").Merge("{}", "{\"type\":\"flags\",\"v\":9}"));

    private static IConflictResolver Resolver(string type) => MailProjection.Resolvers.Single(resolver => resolver.DocumentType == type);

    private static Property Commutes(string type, Arbitrary<string> documents)
        => Prop.ForAll(documents, documents, (a, b) => Resolver(type).Merge(a, b) == Resolver(type).Merge(b, a));

    private static Property Associates(string type, Arbitrary<string> documents)
        => Prop.ForAll(documents, documents, documents, (a, b, c) =>
            Resolver(type).Merge(Resolver(type).Merge(a, b)!, c) == Resolver(type).Merge(a, Resolver(type).Merge(b, c)!));

    private static Property IsIdempotent(string type, Arbitrary<string> documents)
        => Prop.ForAll(documents, documents, (a, b) =>
        {
            var merged = Resolver(type).Merge(a, b)!;
            return Resolver(type).Merge(a, a) == a && Resolver(type).Merge(merged, a) == merged && Resolver(type).Merge(b, merged) == merged;
        });
}
