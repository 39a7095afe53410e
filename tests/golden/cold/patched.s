	.file	"x.c"
	.text
	.section	.text.unlikely,"ax",@progbits
.LCOLDB0:
	.text
.LHOTB0:
	.p2align 4
	.globl	f
	.type	f, @function
f:
.LFB0:
	.cfi_startproc
	pushq	%r12
	.cfi_def_cfa_offset 16
	.cfi_offset 12, -16
	movl	%esi, %r12d
	pushq	%rbp
	.cfi_def_cfa_offset 24
	.cfi_offset 6, -24
	movl	%edi, %ebp
	pushq	%rbx
	.cfi_def_cfa_offset 32
	.cfi_offset 3, -32
	call	more@PLT
	testl	%eax, %eax
	jne	.L2
	movl	%eax, %ebx
	testl	%r12d, %r12d
	jle	.L4
	.p2align 4,,10
	.p2align 3
.L3:
	movl	%ebx, %edi
	addl	$1, %ebx
	call	more@PLT
	addl	%eax, %ebp
	cmpl	%ebx, %r12d
	jne	.L3
.L4:
	movl	%ebp, %eax
	popq	%rbx
	.cfi_def_cfa_offset 24
	popq	%rbp
	.cfi_def_cfa_offset 16
	popq	%r12
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	.section	.text.unlikely
	.cfi_startproc
	.type	f.cold, @function
f.cold:
.LFSB0:
.L2:
	.cfi_def_cfa_offset 32
	.cfi_offset 3, -32
	.cfi_offset 6, -24
	.cfi_offset 12, -16
	leal	2(%rbp), %edi
	call	die@PLT
	.cfi_endproc
.LFE0:
	.text
	.size	f, .-f
	.section	.text.unlikely
	.size	f.cold, .-f.cold
.LCOLDE0:
	.text
.LHOTE0:
	.section	.note.GNU-stack,"",@progbits
