"""Routes of the office."""

from django.urls import path

from dafeng.web.office.audit import views as audit
from dafeng.web.office.desk import views as desk
from dafeng.web.office.energy import views as energy
from dafeng.web.office.evaluation import asking, freezes, pipeline, scores, warnings
from dafeng.web.office.jobs import views as jobs
from dafeng.web.office.operations import views as operations
from dafeng.web.office.people import entry, managing, own, single_sign_on
from dafeng.web.office.public import lists, method, notices
from dafeng.web.office.records import bulk, contested, duties, editing, returning
from dafeng.web.office.records import views as records
from dafeng.web.office.results import metered_units, own_data, reasons, registry_changes, releasing
from dafeng.web.office.results import views as results
from dafeng.web.office.scenarios import gallery, glance
from dafeng.web.office.scenarios import views as scenarios

handler400 = "dafeng.web.office.shell.errors.bad_request"
handler403 = "dafeng.web.office.shell.errors.forbidden"
handler404 = "dafeng.web.office.shell.errors.missing"
handler500 = "dafeng.web.office.shell.errors.failed"

urlpatterns = [
    path("", duties.my_work, name="work"),
    path("health", operations.health, name="health"),
    path("first-run", entry.first_run, name="first_run"),
    path("signin", entry.sign_in, name="sign_in"),
    path("sso/", single_sign_on.leave_for_issuer, name="sso"),
    path("sso/callback", single_sign_on.come_from_issuer, name="sso_callback"),
    path("signout", entry.sign_out, name="sign_out"),
    path("language", entry.language, name="language"),
    path("invitation/<str:token>", entry.invitation, name="invitation"),
    path("me/", own.account, name="account"),
    path("me/address", own.address, name="address"),
    path("me/password", own.password, name="password"),
    path("me/second-factor", entry.second_factor, name="second_factor"),
    path("me/sessions/<int:number>/end", own.end_session, name="end_session"),
    path("me/delegations/", own.give, name="delegate"),
    path("me/delegations/<int:number>/end", own.end, name="end_delegation"),
    path("me/act-for", own.act_for, name="act_for"),
    path("registers/", records.registers, name="registers"),
    path("registers/<slug:register>/", records.table, name="register"),
    path("registers/<slug:register>/export.<slug:kind>", records.export_file, name="export"),
    path("registers/<slug:register>/template.xlsx", records.template, name="template"),
    path("registers/<slug:register>/import", records.send, name="import"),
    path("registers/<slug:register>/new", editing.new, name="new_record"),
    path("registers/<slug:register>/steps", bulk.take_steps, name="steps"),
    path("registers/<slug:register>/views", desk.save_view, name="save_view"),
    path("registers/<slug:register>/views/<int:number>/drop", desk.drop_view, name="drop_view"),
    path("registers/<slug:register>/<int:number>/comments", desk.add_comment, name="comment"),
    path("registers/<slug:register>/conflicts/", contested.contested, name="conflicts"),
    path("registers/<slug:register>/conflicts/<int:number>", contested.settle_one, name="settle"),
    path("registers/<slug:register>/<int:number>/", records.record, name="record"),
    path("registers/<slug:register>/<int:number>/edit", editing.edit, name="edit_record"),
    path("registers/<slug:register>/<int:number>/step", editing.take_step, name="step"),
    path("registers/<slug:register>/<int:number>/attach", editing.attach_file, name="attach"),
    path("registers/<slug:register>/<int:number>/evidence/<slug:digest>", records.evidence, name="evidence"),
    path("registers/<slug:register>/publish", lists.publish_list, name="publish_list"),
    path("registers/<slug:register>/withdraw", lists.withdraw_list, name="withdraw_list"),
    path("public/", lists.public_lists, name="public_lists"),
    path("public/method/", method.public_method, name="public_method"),
    path("public/quotas/", notices.public_notice, name="public_notice"),
    path("public/quotas.<slug:kind>", notices.notice_file, name="notice_file"),
    path("public/<slug:register>.<slug:kind>", lists.public_list, name="public_list"),
    path("returns/", returning.returns, name="returns"),
    path("returns/move", returning.move, name="move_return"),
    path("tasks/", duties.tasks, name="tasks"),
    path("tasks/ask", asking.ask, name="ask"),
    path("tasks/<str:period>/<slug:kind>.docx", asking.paper, name="follow_up_paper"),
    path("targets/", results.targets, name="targets"),
    path("targets/<int:number>/", reasons.target, name="target"),
    path("explain/", reasons.explain, name="explain"),
    path("scores/", scores.scores, name="scores"),
    path("scores/new/<slug:scheme>", scores.new_score, name="new_score"),
    path("scores/<int:number>/", scores.score, name="score"),
    path("scores/<int:number>/appeal", scores.appeal, name="appeal"),
    path("scores/<int:number>/answer", scores.answer, name="answer_appeal"),
    path("scores/<int:number>/paper.<slug:kind>", scores.paper, name="score_paper"),
    path("warnings/", warnings.warnings, name="warnings"),
    path("warnings/issue", warnings.issue, name="issue_warnings"),
    path("warnings/circular/<str:period>", warnings.circular, name="warning_circular"),
    path("warnings/<int:number>/lift", warnings.lift, name="lift_warning"),
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("freezes/", freezes.freezes, name="freezes"),
    path("freezes/make", freezes.make, name="freeze"),
    path("freezes/<int:number>/lift", freezes.lift, name="lift_freeze"),
    path("metering/", metered_units.metering, name="metering"),
    path("metering/registry.zip", registry_changes.registry_file, name="registry_file"),
    path("metering/notice/publish", notices.publish_notice, name="publish_notice"),
    path("metering/notice/withdraw", notices.withdraw_notice, name="withdraw_notice"),
    path("metering/<str:unit>/", metered_units.unit_page, name="unit"),
    path("metering/<str:unit>/readings", metered_units.send_readings, name="send_readings"),
    path("metering/<str:unit>/warnings/<int:number>", metered_units.handle_warning, name="handle_warning"),
    path("metering/<str:unit>/registry", registry_changes.propose_change, name="propose_change"),
    path("metering/<str:unit>/registry/<int:number>", registry_changes.decide_change, name="decide_change"),
    path("energy/", energy.drill, name="energy"),
    path("energy/<slug:figure>.<slug:kind>", energy.drill_file, name="energy_file"),
    path("results/", results.results, name="results"),
    path("results/<slug:name>/", results.run, name="run"),
    path("results/<slug:name>/file/<str:file>", results.run_file, name="run_file"),
    path("city/", glance.glance, name="glance"),
    path("gallery/", gallery.gallery, name="gallery"),
    path(
        "gallery/<slug:kind>/<slug:spoken>/<slug:size>.svg", gallery.gallery_picture, name="gallery_picture"
    ),
    path("what-if/", scenarios.what_if, name="what_if"),
    path("what-if/full", scenarios.full_run, name="full_run"),
    path("what-if/fan.<slug:kind>", scenarios.fan_file, name="fan_file"),
    path("what-if/save", scenarios.save, name="save_scenario"),
    path("what-if/<int:number>/drop", scenarios.drop, name="drop_scenario"),
    path("what-if/compare", scenarios.side_by_side, name="compare_scenarios"),
    path("own-data/", own_data.own_data, name="own_data"),
    path("own-data/enter", own_data.enter_own_data, name="enter_own_data"),
    path("releases/", results.releases, name="releases"),
    path("releases/new", releasing.new_release, name="new_release"),
    path("releases/adopt", releasing.adopt, name="adopt_release"),
    path("releases/proposals", releasing.propose, name="propose"),
    path("releases/proposals/<int:number>", releasing.decide, name="decide_proposal"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/run", jobs.new_run, name="new_run"),
    path("jobs/paper", jobs.new_paper, name="new_paper"),
    path("jobs/<int:number>/", jobs.job, name="job"),
    path("jobs/<int:number>/cancel", jobs.cancel, name="cancel_job"),
    path("jobs/<int:number>/again", jobs.again, name="repeat_job"),
    path("manage/", managing.people, name="people"),
    path("manage/people/new", managing.new_person, name="new_person"),
    path("manage/people/<int:number>/", managing.one_person, name="person"),
    path("manage/people/<int:number>/roles", managing.give_role, name="give_role"),
    path("manage/people/<int:number>/sessions", managing.end_all, name="end_all_sessions"),
    path("manage/people/<int:number>/invitation", managing.invite_again, name="invite_again"),
    path("manage/people/<int:number>/leave", managing.leave, name="hand_over"),
    path("manage/roles/<int:number>/end", managing.end_role, name="end_role"),
    path("manage/organisations/", managing.organisations, name="organisations"),
    path("manage/audit/", audit.audit, name="audit"),
    path("manage/operations/", operations.operations, name="operations"),
]
