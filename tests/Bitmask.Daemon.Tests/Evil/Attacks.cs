using Bitmask.Bonafide;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Tests.Jobs;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Tests.Evil;

/// <summary>One thing that a malicious provider, or somebody before it, can do.</summary>
/// <param name="What">What it does.</param>
/// <param name="Event">The name that it ends with, as error or event.</param>
/// <param name="Here">What becomes of it on the device.</param>
/// <param name="Tests">The class of the tests that do it.</param>
/// <param name="Test">The test.</param>
internal sealed record Attack(string What, string Event, string Here, Type Tests, string Test);

/// <summary>The whole list of security.md ("Tests that keep these decisions honest"): what is done, by which test, and how it is told. Written to docs/malicious-provider.md.</summary>
internal static class Attacks
{
    private const string Nothing = "nothing is kept, nobody logs in";
    private const string AsItWas = "all stays as it was";

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("drops security capabilities, to a new device", BonafideErrors.ProviderDowngrade, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.Capabilities_OneOrAllDropped_IsProviderDowngrade)),
        new("drops them at sign-up", BonafideErrors.ProviderDowngrade, "no account is made", typeof(FreshDeviceTests), nameof(FreshDeviceTests.Capabilities_DroppedAtSignUp_MakeNoAccount)),
        new("drops them later", BonafideErrors.ProviderDowngrade, "nobody logs in; the account can be read offline", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.Capabilities_Dropped_AreToldAndNobodyLogsIn)),
        new("swaps the CA for another than its fingerprint says", BonafideErrors.CaMismatch, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.Ca_AnotherThanTheFingerprintSays_IsCaMismatch)),
        new("swaps the CA with its fingerprint", BonafideErrors.Untrusted, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.Ca_SwappedWithItsFingerprint_TheApiIsNotTrusted)),
        new("swaps the CA everywhere, with a web certificate for it", BonafideErrors.BadCredentials, "the proof that was sent is worth nothing at the true provider", typeof(FreshDeviceTests), nameof(FreshDeviceTests.Ca_SwappedEverywhere_TheProofIsWorthNothingAtTheProvider)),
        new("describes another CA at the API", BonafideErrors.CaChanged, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.Ca_OtherDescriptionAtTheApi_IsCaChanged)),
        new("names another CA later", BonafideErrors.CaChanged, "the old one stays pinned", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.Ca_AnotherNamed_IsToldAndTheOldOneStaysPinned)),
        new("shows a certificate of another CA later", BonafideErrors.Untrusted, "nothing is sent there", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.Ca_Swapped_NothingIsSentThere)),
        new("offers a weak key derivation", BonafideErrors.WeakKdf, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.LoginParameters_Weakened_AreRefusedBeforeTheLogin)),
        new("offers a weak or unknown SRP group", BonafideErrors.WeakGroup, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.LoginParameters_Weakened_AreRefusedBeforeTheLogin)),
        new("sends an SRP number that makes the key known", BonafideErrors.ServerNotProven, "no proof is sent", typeof(FreshDeviceTests), nameof(FreshDeviceTests.Login_SmallEphemeral_GetsNoProof)),
        new("does not know the verifier", BonafideErrors.ServerNotProven, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.Login_ProviderThatDoesNotKnowTheAccount_IsServerNotProven)),
        new("has no key record for a new device (404)", SoledadCodes.KeysMissing, "no keys are made", typeof(FreshDeviceTests), nameof(FreshDeviceTests.KeyRecord_Missing_MakesNoKeys)),
        new("has lost the key record of a device that is set up", SoledadCodes.KeysMissing, AsItWas, typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.KeyRecord_Gone_IsToldAndNotMadeAgain)),
        new("rolls the key record back", SoledadCodes.KeyRecordRollback, AsItWas, typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.KeyRecord_NewerByAnotherDevice_IsTakenOver_AndAnOlderOneRefused)),
        new("makes a keyset of its own, for a new device", SoledadCodes.KeyRecordDamaged, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.KeyRecord_MadeByTheProvider_OpensForNobody)),
        new("makes a keyset of its own later", SoledadCodes.KeyRecordDamaged, AsItWas, typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.KeyRecord_MadeByTheProvider_IsToldAndNotTakenOver)),
        new("sends the key record of another account", SoledadCodes.KeyRecordDamaged, Nothing, typeof(FreshDeviceTests), nameof(FreshDeviceTests.KeyRecord_OfAnotherAccount_IsRefused)),
        new("changes a slot under the same serial", SoledadCodes.KeyRecordDamaged, AsItWas, typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.KeyRecord_SlotSwappedUnderTheSameSerial_IsTold)),
        new("keeps back the account's own OpenPGP key", AccountSession.Withheld, "no other is made", typeof(FreshDeviceTests), nameof(FreshDeviceTests.OwnKey_Withheld_IsShownAndNeverMadeAnew)),
        new("writes a document in plain text over a mail", SoledadCodes.DocumentRefused, "it is put aside, the mail stays", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.Document_PlainOrBareTombstoneForAMail_IsPutAside)),
        new("writes a bare tombstone for a mail", SoledadCodes.DocumentRefused, "it is put aside, the mail stays", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.Document_PlainOrBareTombstoneForAMail_IsPutAside)),
        new("serves one document under the name of another", SoledadCodes.DocumentRefused, "it is put aside, the mail stays", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.Document_SwappedWithAnother_IsPutAside)),
        new("claims a huge generation, an old one, or a state of the device that never was", SoledadCodes.ProviderInconsistent, "all stays; an honest provider is not locked out", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.SyncInformation_Impossible_IsProviderInconsistent)),
        new("shows an old snapshot to one of two devices", SoledadCodes.ProviderInconsistent, "told after a day; all stays", typeof(TwoDevicesTests), nameof(TwoDevicesTests.Snapshot_OldForOneOfTwoDevices_IsProviderInconsistentAfterADay)),
        new("replays a mail of the incoming box, under its id or another", SoledadCodes.IncomingRepeated, "it is not filed twice", typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.IncomingItem_Replayed_IsNoSecondMail)),
        new("lists blobs as deleted that mails refer to", SoledadCodes.BlobWithheld, "nothing is deleted; what is here is sent again", typeof(BlobLieTests), nameof(BlobLieTests.DeletedList_NamesWhatIsReferredTo_RemovesNothing)),
        new("withholds a blob", SoledadCodes.BlobWithheld, "the rest of the mail is read", typeof(BlobJobTests), nameof(BlobJobTests.Blob_Withheld_IsToldAndTheRestOfTheMailIsRead)),
        new("changes a blob", SoledadCodes.BlobDamaged, "nothing of it is shown", typeof(BlobJobTests), nameof(BlobJobTests.Blob_Changed_IsToldAndNothingOfItIsShown)),
        new("serves a blob of another name or namespace", SoledadCodes.BlobDamaged, "nothing of it is shown", typeof(BlobLieTests), nameof(BlobLieTests.Blob_OfAnotherNameOrNamespace_IsBlobDamagedAndNothingOfItIsShown)),
        new("answers nonsense", BonafideErrors.BadAnswer, AsItWas, typeof(SetUpDeviceTests), nameof(SetUpDeviceTests.Answers_ThatMakeNoSense_AreNamedAndEndNoJob)),
    ];
}
