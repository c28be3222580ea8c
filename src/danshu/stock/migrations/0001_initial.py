import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Warehouse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True, verbose_name='仓库名')),
                ('priority', models.PositiveSmallIntegerField(default=10, verbose_name='发货顺序')),
                ('sender_name', models.CharField(blank=True, default='', max_length=40)),
                ('sender_phone', models.CharField(blank=True, default='', max_length=30)),
                ('sender_address', models.CharField(blank=True, default='', max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('regions', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('is_emptied_first', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Inbound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('supplier', models.CharField(default='', max_length=60)),
                ('expected_on', models.DateField(null=True)),
                ('note', models.CharField(default='', max_length=200)),
                ('state', models.CharField(choices=[('open', '在途'), ('done', '已到齐'), ('closed', '已结束')], default='open', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('actor_name', models.CharField(default='', max_length=80)),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='outbounds', to='stock.warehouse')),
                ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inbounds', to='stock.warehouse')),
            ],
        ),
        migrations.CreateModel(
            name='CountSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shelf', models.CharField(default='', max_length=30)),
                ('state', models.CharField(choices=[('open', '盘点中'), ('review', '待审核'), ('posted', '已入账'), ('cancel', '已作废')], default='open', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('opened_by', models.CharField(default='', max_length=80)),
                ('closed_by', models.CharField(default='', max_length=80)),
                ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='stock.warehouse')),
            ],
        ),
        migrations.CreateModel(
            name='Balance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_hand', models.BigIntegerField(default=0)),
                ('locked', models.BigIntegerField(default=0)),
                ('defective', models.BigIntegerField(default=0)),
                ('inspecting', models.BigIntegerField(db_default=0, default=0)),
                ('incoming', models.BigIntegerField(default=0)),
                ('in_transit', models.BigIntegerField(db_default=0, default=0)),
                ('buffer', models.BigIntegerField(default=0)),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='balances', to='catalogue.sku')),
                ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='stock.warehouse')),
            ],
        ),
        migrations.CreateModel(
            name='CountLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expected', models.BigIntegerField()),
                ('counted', models.PositiveIntegerField(null=True)),
                ('book', models.BigIntegerField(null=True)),
                ('counted_at', models.DateTimeField(null=True)),
                ('counted_by', models.CharField(default='', max_length=80)),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='catalogue.sku')),
                ('sheet', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='stock.countsheet')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sheet', 'sku'), name='stock_count_sku_once')],
            },
        ),
        migrations.CreateModel(
            name='InboundLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('good', models.PositiveIntegerField(default=0)),
                ('defective', models.PositiveIntegerField(default=0)),
                ('inspecting', models.PositiveIntegerField(default=0)),
                ('lost', models.PositiveIntegerField(default=0)),
                ('called_off', models.PositiveIntegerField(default=0)),
                ('inbound', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='stock.inbound')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='catalogue.sku')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('inbound', 'sku'), name='stock_inbound_sku_once')],
            },
        ),
        migrations.CreateModel(
            name='Presale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quota', models.PositiveIntegerField()),
                ('taken', models.IntegerField(default=0)),
                ('promised_on', models.DateField()),
                ('is_open', models.BooleanField(default=True)),
                ('sku', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='presale', to='catalogue.sku')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('taken__gte', 0), ('taken__lte', models.F('quota'))), name='stock_presale_within_quota')],
            },
        ),
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField()),
                ('demand_id', models.BigIntegerField()),
                ('label', models.CharField(default='', max_length=60)),
                ('quantity', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('open', '等货'), ('kept', '已锁货'), ('released', '已释放')], default='open', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='catalogue.sku')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['owner_id'], name='stock_promises_of_owner')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('demand_id',), name='stock_promised_once')],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField()),
                ('demand_id', models.BigIntegerField()),
                ('label', models.CharField(default='', max_length=60)),
                ('quantity', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('unpaid', '待付款'), ('paid', '已付款'), ('presale', '预售'), ('manual', '手工'), ('exchange', '换货')], default='paid', max_length=8)),
                ('state', models.CharField(choices=[('held', '锁定中'), ('consumed', '已出库'), ('released', '已释放'), ('expired', '超时释放')], default='held', max_length=8)),
                ('expires_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('sku', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalogue.sku')),
                ('warehouse', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='stock.warehouse')),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id'], name='stock_reser_owner_i_6b41cb_idx'), models.Index(condition=models.Q(('state', 'held')), fields=['sku', 'warehouse'], name='stock_held_of_sku'), models.Index(fields=['demand_id'], name='stock_reser_demand__9f9583_idx'), models.Index(condition=models.Q(('expires_at__isnull', False), ('state', 'held')), fields=['expires_at'], name='stock_expiring'), models.Index(condition=models.Q(('state', 'expired')), fields=['-closed_at'], name='stock_expired_lately')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'held')), fields=('demand_id', 'sku', 'warehouse'), name='stock_held_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='stock_reservation_positive')],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('opening', '期初'), ('receive', '入库'), ('adjust', '调整'), ('count', '盘点'), ('move_out', '移出'), ('move_in', '移入'), ('lock', '锁定'), ('release', '释放'), ('expire', '超时释放'), ('ship', '发货出库'), ('return', '退货入库'), ('unship', '撤销发货'), ('repair', '修复'), ('expect', '采购下单'), ('arrive', '到货'), ('send', '调拨发出'), ('lose', '调拨丢失'), ('call_off', '取消未到'), ('shift', '转区')], max_length=8)),
                ('on_hand_delta', models.BigIntegerField(default=0)),
                ('locked_delta', models.BigIntegerField(default=0)),
                ('defective_delta', models.BigIntegerField(default=0)),
                ('inspecting_delta', models.BigIntegerField(db_default=0, default=0)),
                ('incoming_delta', models.BigIntegerField(db_default=0, default=0)),
                ('in_transit_delta', models.BigIntegerField(db_default=0, default=0)),
                ('on_hand_after', models.BigIntegerField()),
                ('locked_after', models.BigIntegerField()),
                ('reason', models.CharField(default='', max_length=120)),
                ('cause_kind', models.CharField(default='', max_length=20)),
                ('cause_id', models.BigIntegerField(null=True)),
                ('cause_label', models.CharField(default='', max_length=60)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_name', models.CharField(default='', max_length=80)),
                ('sku', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalogue.sku')),
                ('warehouse', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='stock.warehouse')),
            ],
            options={
                'indexes': [models.Index(fields=['sku', '-id'], name='stock_ledge_sku_id_f68421_idx'), models.Index(fields=['cause_kind', 'cause_id'], name='stock_ledge_cause_k_29b6e4_idx'), models.Index(condition=models.Q(('kind', 'ship')), fields=['sku', 'at'], name='stock_shipped')],
            },
        ),
        migrations.AddIndex(
            model_name='inbound',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['expected_on', 'id'], name='stock_expected'),
        ),
        migrations.AddIndex(
            model_name='countsheet',
            index=models.Index(fields=['state', '-id'], name='stock_count_state_edac93_idx'),
        ),
        migrations.AddConstraint(
            model_name='balance',
            constraint=models.UniqueConstraint(fields=('sku', 'warehouse'), name='stock_balance_once'),
        ),
        migrations.AddConstraint(
            model_name='balance',
            constraint=models.CheckConstraint(condition=models.Q(('on_hand__gte', 0)), name='stock_on_hand_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='balance',
            constraint=models.CheckConstraint(condition=models.Q(('locked__gte', 0)), name='stock_locked_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='balance',
            constraint=models.CheckConstraint(condition=models.Q(('on_hand__gte', models.F('locked'))), name='stock_never_oversold'),
        ),
        migrations.AddConstraint(
            model_name='balance',
            constraint=models.CheckConstraint(condition=models.Q(('buffer__gte', 0), ('defective__gte', 0), ('incoming__gte', 0)), name='stock_buckets_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='balance',
            constraint=models.CheckConstraint(condition=models.Q(('in_transit__gte', 0), ('inspecting__gte', 0)), name='stock_ways_not_negative'),
        ),
    ]
